import { setTimeout as delay } from 'node:timers/promises'
import type { Daemon } from './daemon.ts'

/** A real server under test. Its data stay when it is stopped, and go when it is disposed of. */
export abstract class Server implements AsyncDisposable {
  abstract readonly endpoint: string
  protected readonly daemon: Daemon
  /** Milliseconds that a start may take where the machine has much to do. */
  readonly #within: number

  protected constructor(daemon: Daemon, within = 120_000) {
    this.daemon = daemon
    this.#within = within
  }

  protected abstract serves(): Promise<boolean>

  /** Of its processes, for whoever asks the machine what they used. */
  get pids(): readonly number[] {
    return this.daemon.pid === undefined ? [] : [this.daemon.pid]
  }

  /** Starts it; the promise waits until it serves. */
  async start(): Promise<void> {
    this.daemon.start()
    const end = Date.now() + this.#within
    while (!(await this.serves())) {
      if (!this.daemon.running || Date.now() > end)
        throw new Error(`${this.endpoint} does not serve:\n${this.daemon.log()}`)
      await delay(20)
    }
  }

  stop(): Promise<void> {
    return this.daemon.stop()
  }

  /** As a power failure would: KILL. */
  kill(): Promise<void> {
    return this.daemon.kill()
  }

  freeze(): void {
    this.daemon.freeze()
  }

  thaw(): void {
    this.daemon.thaw()
  }

  /** After stop or kill too. */
  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]()
  }
}
