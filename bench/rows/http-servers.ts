import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from '../harness/bench.ts'
import { launch, outputOf } from '../harness/process.ts'

/** A process that answers HTTP on 127.0.0.1. */
export interface HttpServer extends AsyncDisposable {
  readonly port: number
  readonly token: string
  readonly pids: readonly number[]
}

/** `rollcall serve` over a registry, for a viewer with a token. */
export async function startServe(bench: Bench, registry: string): Promise<HttpServer> {
  const tokens = join(bench.folder, 'tokens.json')
  const add = bench.rollcall(registry, 'token', 'add', 'bench', '--role', 'viewer', '--tokens', tokens)
  const token = (await outputOf(bench.folder, add)).trim()
  const flags = ['--listen', '127.0.0.1:0', '--tokens', tokens, '--rate', '1000000']
  const child = launch(bench.rollcall(registry, 'serve', ...flags), ['ignore', 'ignore', 'pipe'])
  return serverOf(child, await said(child, child.stderr, /127\.0\.0\.1:(\d+)/), token)
}

/** A fastify with nothing else, which gives the answers that another server gives now. */
export async function startBare(bench: Bench, other: HttpServer, paths: readonly string[]): Promise<HttpServer> {
  const bodies: { [path: string]: string } = {}
  for (const path of paths) {
    const headers = { authorization: `Bearer ${other.token}` }
    const answer = await fetch(`http://127.0.0.1:${other.port}${path}`, { headers })
    bodies[path] = await answer.text()
  }
  const file = join(bench.folder, 'bodies.json')
  writeFileSync(file, JSON.stringify(bodies))
  const child = launch(bench.client('bare-fastify', file), ['ignore', 'pipe', 'inherit'])
  return serverOf(child, await said(child, child.stdout, /(\d+)/), '')
}

async function said(child: ChildProcess, stream: ChildProcess['stdout'], port: RegExp): Promise<number> {
  let text = ''
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`the server ended: ${text}`)))
  const found = new Promise<number>((resolve) => {
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part
      const [, number] = port.exec(text) ?? []
      if (number !== undefined) resolve(Number(number))
    })
  })
  ended.catch(() => {}) // its end is no error once the port is known
  return await Promise.race([found, ended])
}

function serverOf(child: ChildProcess, port: number, token: string): HttpServer {
  return {
    port,
    token,
    pids: child.pid === undefined ? [] : [child.pid],
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
