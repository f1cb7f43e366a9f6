import { setTimeout as delay } from 'node:timers/promises'
import type { Store } from '../../../src/backends/kv/store.ts'
import { messageOf } from '../../../src/model/errors.ts'

/** Puts one numbered key after the other, under each prefix in turn, until stopped, whatever happens to the server; knows what became of each. */
export class Writer {
  /** Revisions of the puts that were answered, in order. */
  readonly revisions: string[] = []
  readonly #store: Store
  readonly #prefixes: readonly string[]
  readonly #stop = new AbortController()
  readonly #done: Promise<void>

  constructor(store: Store, prefixes: readonly string[]) {
    this.#store = store
    this.#prefixes = prefixes
    this.#done = this.#run()
  }

  async #run(): Promise<void> {
    for (let number = 0; !this.#stop.signal.aborted; number++) {
      const prefix = this.#prefixes[number % this.#prefixes.length] ?? ''
      const put = { put: Buffer.from(`${prefix}${number % 100}`), value: Buffer.from(String(number)) }
      try {
        const [outcome] = await this.#store.write([put])
        if (outcome?.revision !== undefined) this.revisions.push(outcome.revision)
      } catch (error) {
        if (messageOf(error) === '') throw error
        await delay(20)
      }
    }
  }

  /** Waits until so many more puts were answered. */
  async more(count: number): Promise<void> {
    const wanted = this.revisions.length + count
    while (this.revisions.length < wanted) await Promise.race([delay(5), this.#done])
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
  }
}
