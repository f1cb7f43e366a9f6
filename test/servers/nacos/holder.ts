import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { serverOf } from '../with-server.ts'
import type { NacosServer } from './start.ts'

/** A program that holds one instance over gRPC, until it is disposed of. */
export class Holder implements AsyncDisposable {
  readonly #process: ChildProcess

  private constructor(process: ChildProcess) {
    this.#process = process
  }

  /** Resolves when the instance is registered. `service` as Nacos names it. */
  static async start(
    { endpoint, classpath }: NacosServer,
    at: { namespace: string; service: string; ip: string; port: number },
  ): Promise<Holder> {
    const { java = '' } = serverOf('nacos').programs ?? {}
    const program = join(import.meta.dirname, 'Holder.java')
    const words = [endpoint, at.namespace, at.service, at.ip, String(at.port)]
    const flags = ['-XX:TieredStopAtLevel=1', '-Dnacos.logging.default.config.enabled=false']
    const child = spawn(java, [...flags, '-cp', classpath, program, ...words], { stdio: ['pipe', 'pipe', 'ignore'] })
    let said = ''
    for await (const part of child.stdout) {
      said = (said + String(part)).slice(-2000)
      if (/^registered$/m.test(said)) break
    }
    if (child.exitCode !== null) throw new Error(`no instance is held over gRPC:\n${said}`)
    return new Holder(child)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.stdin?.end()
    await ended
  }
}
