import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freeze } from './freeze.ts'

const GRACE = 3000

// Reads process ids, a line each, until its input ends: when we dispose of the server, or die. Then ends the last one
// and removes its folder. It has a process group of its own, so that Ctrl-C does not end it first.
const WATCHDOG = `
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
  kill -TERM "$pid" 2>/dev/null
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do kill -0 "$pid" 2>/dev/null || break; sleep 0.2; done
  kill -KILL "$pid" 2>/dev/null
fi
rm -rf "$1"`

/** A server process with a folder of its own, which can be stopped, frozen and started again. */
export class Daemon implements AsyncDisposable {
  readonly folder: string
  readonly #command: readonly string[]
  readonly #watchdog: ChildProcess
  #process: ChildProcess | undefined

  private constructor(folder: string, command: readonly string[]) {
    this.folder = folder
    this.#command = command
    this.#watchdog = spawn('sh', ['-c', WATCHDOG, 'watchdog', folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    })
    this.#watchdog.unref()
  }

  /** `command` is given the folder, and gives the program and its arguments. */
  static async create(name: string, command: (folder: string) => readonly string[]): Promise<Daemon> {
    const folder = await mkdtemp(join(tmpdir(), `rollcall-${name}-`))
    return new Daemon(folder, command(folder))
  }

  get running(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
  }

  /** Undefined before the first start. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  start(): void {
    if (this.running) throw new Error('the server runs already')
    const [program = '', ...args] = this.#command
    const log = openSync(this.#logFile, 'a')
    this.#process = spawn(program, args, { stdio: ['ignore', log, log], cwd: this.folder })
    this.#watchdog.stdin?.write(`${this.#process.pid ?? ''}\n`)
  }

  /** TERM, and KILL when that did not help within three seconds. */
  async stop(): Promise<void> {
    const force = setTimeout(() => this.#process?.kill('SIGKILL'), GRACE)
    await this.#end('SIGTERM')
    clearTimeout(force)
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL')
  }

  /** Returns when no thread of it runs any more. */
  freeze(): void {
    if (this.#process?.pid !== undefined && this.running) freeze(this.#process.pid)
  }

  thaw(): void {
    this.#process?.kill('SIGCONT')
  }

  /** The end of what it printed. */
  log(): string {
    return readFileSync(this.#logFile, 'utf8').slice(-2000)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.#process || !this.running) return
    const ended = once(this.#process, 'exit')
    this.#process.kill(signal)
    await ended
    this.#watchdog.stdin?.write('\n')
  }

  get #logFile(): string {
    return join(this.folder, 'log')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw()
    await this.stop()
    const ended = once(this.#watchdog, 'exit')
    this.#watchdog.ref() // or nothing keeps the process that waits for it
    this.#watchdog.stdin?.end()
    await ended
  }
}
