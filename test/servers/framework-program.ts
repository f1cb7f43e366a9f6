import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'

/** An instance as frameworks' own programs take and tell it, each as far as its framework has a place for it. */
export interface FrameworkInstance {
  readonly service?: string
  readonly id?: string
  readonly address: string
  readonly version?: string
  readonly weight?: number
  readonly metadata?: Readonly<Record<string, string>>
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>
  /** A folder of its own, which goes with it. */
  readonly folder?: string
}

interface Answer {
  readonly error?: string
  readonly instances?: readonly FrameworkInstance[]
}

/** The process of an application that uses a framework: it registers, and it finds what others registered. */
export class FrameworkProgram implements AsyncDisposable {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #answers: AsyncIterator<string>
  readonly #folder: string | undefined
  #log = ''

  /** `command` reads requests from standard input, and answers each with a line. */
  constructor([program = '', ...args]: readonly string[], { env, folder }: ProgramOptions = {}) {
    this.#folder = folder
    this.#process = spawn(program, args, { env: { ...process.env, ...env } })
    this.#process.stderr.on('data', (part: Buffer) => (this.#log = (this.#log + String(part)).slice(-4000)))
    this.#answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]()
  }

  async register(instance: FrameworkInstance): Promise<void> {
    await this.#ask({ do: 'register', ...instance })
  }

  async deregister(instance: FrameworkInstance): Promise<void> {
    await this.#ask({ do: 'deregister', ...instance })
  }

  /** What clients of the framework would call. `keys`: the metadata to tell, where its library tells them by name only. */
  async find(service: string, keys: readonly string[] = []): Promise<readonly FrameworkInstance[]> {
    return (await this.#ask({ do: 'find', service, keys })).instances ?? []
  }

  async #ask(request: object): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`)
    const { done, value } = await this.#answers.next()
    if (done) throw new Error(`${this.#process.spawnargs.slice(-2).join(' ')} ended:\n${this.#log}`)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the programs beside this file answer just that
    const answer = JSON.parse(value) as Answer
    if (answer.error !== undefined) throw new Error(`${JSON.stringify(request)}: ${answer.error}\n${this.#log}`)
    return answer
  }

  /** As a crash would: nothing is taken back. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true })
  }
}
