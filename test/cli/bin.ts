import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { type Built, built } from './built.ts'
import { PATIENT_ENV } from '../patience.ts'

export interface Ended {
  /** The exit status, or the name of the signal that ended it. */
  readonly status: number | string
  readonly stdout: string
  readonly stderr: string
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Nobody reads what it writes. */
  readonly unread?: boolean
}

/** The command line as its users have it: one bundled file in processes of their own. */
export class Bin implements AsyncDisposable {
  readonly #built: Built
  readonly #running = new Set<ChildProcess>()

  private constructor(program: Built) {
    this.#built = program
  }

  static async build(): Promise<Bin> {
    return new Bin(await built())
  }

  start(words: readonly string[], options: StartOptions = {}): Started {
    return this.#start(process.execPath, [this.#built.program, ...words], options)
  }

  /** A line of a shell; `$ROLLCALL` stands for the program. */
  shell(line: string, options: StartOptions = {}): Started {
    const env = { ...options.env, ROLLCALL: `${process.execPath} ${this.#built.program}` }
    return this.#start('bash', ['-c', line], { ...options, env })
  }

  #start(program: string, words: readonly string[], { env = {}, cwd = tmpdir(), unread }: StartOptions): Started {
    const { PATH = '' } = process.env
    const child = spawn(program, words, {
      cwd,
      env: { ...PATIENT_ENV, PATH, HOME: tmpdir(), ...this.#built.env, ...env },
      detached: true,
    })
    this.#running.add(child)
    child.once('exit', () => this.#running.delete(child))
    return new Started(child, unread ?? false)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#running]
    for (const child of running) child.kill('SIGKILL')
    await Promise.all(running.map((child) => once(child, 'exit')))
  }
}

/** A process that was started, and what it has written so far. */
export class Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  stdout = ''
  stderr = ''

  constructor(child: ChildProcess, unread: boolean) {
    this.child = child
    if (!unread) child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.ended = this.#end(unread)
  }

  type(text: string): void {
    this.child.stdin?.write(text)
  }

  async stop(signal: NodeJS.Signals): Promise<Ended> {
    this.child.kill(signal)
    return await this.ended
  }

  async #end(unread: boolean): Promise<Ended> {
    const [code, signal] = (await once(this.child, unread ? 'exit' : 'close')) as [number | null, string | null]
    return { status: code ?? signal ?? '', stdout: this.stdout, stderr: this.stderr }
  }
}
