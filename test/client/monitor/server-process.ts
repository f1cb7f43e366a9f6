import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { freeze } from '../../servers/freeze.ts'

/** A `rollcall serve` of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Resolves when it listens. `program`: what node is to run. */
  static async start(program: string, url: string, aioTtl: number): Promise<ServerProcess> {
    const words = ['serve', '-r', url, '--aio-ttl', `${aioTtl}ms`, '--listen', '127.0.0.1:0', '--insecure-no-auth']
    const { PATH = '' } = process.env
    const env = { PATH, HOME: tmpdir(), XDG_CONFIG_HOME: tmpdir() }
    const child = spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    for await (const text of child.stderr) if ((said += String(text)).includes('listening at')) break
    child.stderr.resume()
    if (!said.includes('listening at')) throw new Error(`serve did not start: ${said}`)
    return new ServerProcess(child)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  freeze(): void {
    freeze(this.pid)
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  /** Without a chance to give anything up. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }
}
