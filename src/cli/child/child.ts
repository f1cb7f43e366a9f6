import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { Io } from '../io.ts'

export interface ChildOptions extends Pick<Io, 'env' | 'cwd'> {
  /** What its standard input holds; this process's own where it is left out. */
  readonly input?: string
}

/** A program that runs with this process's own streams. */
export class Child {
  /** Its exit status; 128 and the signal's number where a signal ended it, as shells have it. */
  readonly exited: Promise<number>
  readonly #process: ChildProcess

  private constructor(process: ChildProcess) {
    this.#process = process
    this.exited = new Promise((resolve) => {
      process.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
    })
  }

  /** Starts a program: its name or path, then its arguments, which no shell reads. @throws RollcallError `usage` where it cannot be started */
  static async start([program = '', ...args]: readonly string[], { env, cwd, input }: ChildOptions): Promise<Child> {
    const stdin = input === undefined ? 'inherit' : 'pipe'
    const spawned = spawn(program, args, { stdio: [stdin, 'inherit', 'inherit'], env, cwd })
    // It may read as little of it as it likes.
    spawned.stdin?.on('error', () => {}).end(input)
    const child = new Child(spawned)
    try {
      await new Promise((resolve, reject) => spawned.once('spawn', resolve).once('error', reject))
    } catch (error) {
      throw new RollcallError('usage', `${program} cannot be started: ${messageOf(error)}`, {
        hint: 'name a program of PATH, or its path; for a line of shell, sh -c "…"',
        cause: error,
      })
    }
    // A signal that comes too late for it is none.
    spawned.on('error', () => {})
    return child
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null
  }

  send(signal: NodeJS.Signals): void {
    if (this.running) this.#process.kill(signal)
  }
}
