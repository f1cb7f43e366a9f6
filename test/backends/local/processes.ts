import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Runs test/backends/local/child.ts in processes of their own, and ends them. */
export class Processes {
  readonly folder: string
  readonly #running = new Set<ChildProcess>()

  private constructor(folder: string) {
    this.folder = folder
  }

  static async prepare(): Promise<Processes> {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-local-'))
    const sqlite = createRequire(import.meta.url).resolve('@photostructure/sqlite')
    await build({
      entryPoints: [join(import.meta.dirname, 'child.ts')],
      outfile: join(folder, 'child.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      alias: { '@photostructure/sqlite': sqlite },
      external: [sqlite],
    })
    return new Processes(folder)
  }

  start(task: string, path: string, name = ''): Child {
    const child = fork(join(this.folder, 'child.mjs'), [task, path, name], { execArgv: [] })
    return this.#follow(child)
  }

  /** Under a limit on the size of files, in blocks of 1 KiB. */
  startLimited(blocks: number, task: string, path: string): Child {
    const script = `ulimit -f ${blocks}; exec "$0" "$@"`
    const child = fork(join(this.folder, 'child.mjs'), [task, path], {
      execPath: 'bash',
      execArgv: ['-c', script, process.execPath],
    })
    return this.#follow(child)
  }

  async end(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL')
    await rm(this.folder, { recursive: true })
  }

  #follow(child: ChildProcess): Child {
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return new Child(child)
  }
}

/** What test/backends/local/child.ts tells. */
export interface Message {
  readonly revision?: string
  readonly value?: string
  /** When a change was seen, in milliseconds since 1970. */
  readonly seen?: number
  readonly count?: number
  readonly code?: string
  readonly message?: string
}

export class Child {
  readonly messages: Message[] = []
  /** The exit status, or the signal that ended it. */
  readonly ended: Promise<number | string>
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
    this.ended = once(child, 'exit').then(([status, signal]: (number | string | null)[]) => status ?? signal ?? -1)
    child.on('message', (message: Message) => this.messages.push(message))
  }

  /** Resolves once there are so many messages; rejects when it ended before. */
  async heard(count: number): Promise<void> {
    while (this.messages.length < count) {
      const next = await Promise.race([once(this.#child, 'message'), this.ended])
      if (!Array.isArray(next) && this.messages.length < count)
        throw new Error(`ended with ${next} after ${JSON.stringify(this.messages.slice(-3))}`)
    }
  }

  tell(message: string): void {
    this.#child.send(message)
  }

  kill(): Promise<number | string> {
    this.#child.kill('SIGKILL')
    return this.ended
  }
}
