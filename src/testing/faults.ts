import { pause } from '../model/back-off.ts'
import { type ErrorCode, RollcallError } from '../model/errors.ts'

/** What goes wrong in a registry of a test: one for all of its connections. */
export class Faults {
  /** Milliseconds that every request takes. */
  delay = 0
  /** How often history was lost. */
  losses = 0
  readonly #planned: RollcallError[] = []
  readonly #listeners = new Set<() => void>()
  #isAway = false

  get isAway(): boolean {
    return this.#isAway
  }

  set isAway(isAway: boolean) {
    this.#isAway = isAway
    this.ring()
  }

  /** The next requests, so many, fail with that code. */
  plan(code: ErrorCode, times: number): void {
    for (let at = 0; at < times; at++) this.#planned.push(new RollcallError(code, `the test asked for "${code}"`))
  }

  loseHistory(): void {
    this.losses += 1
    this.ring()
  }

  /** Calls all listeners: something has changed. */
  ring(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Adds a listener and returns the function that removes it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What goes over the connection: slow, or not at all. @throws RollcallError `unreachable` */
  async pass(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (this.delay > 0) await pause(this.delay, signal)
    if (this.#isAway) throw new RollcallError('unreachable', 'the registry of the test is away')
  }

  /** What is asked of the registry, heartbeats apart: nobody knows when they are sent. @throws RollcallError what is planned for it */
  ask(): void {
    const planned = this.#planned.shift()
    if (planned) throw planned
  }
}
