import type { Client } from '../../client/client.ts'
import { keyOf } from '../../reports/watched-entries.ts'
import type { InstanceEntry } from '../../model/reading.ts'

/** Milliseconds after which what a watch does not tell, such as the time that is left of a lease, is asked for again. */
const FRESH = 5_000

/** What a registry knows of the one instance that is looked at beyond what a watch tells. */
export class LiveDetail {
  readonly #client: Pick<Client, 'find'>
  readonly #signal: AbortSignal
  readonly #onFound: () => void
  #watched: InstanceEntry | undefined
  #found: InstanceEntry | undefined
  #askedAt = -Infinity

  constructor(client: Pick<Client, 'find'>, signal: AbortSignal, onFound: () => void) {
    this.#client = client
    this.#signal = signal
    this.#onFound = onFound
  }

  /** The instance with what is known of it by now; asks for more where that is old. */
  of(watched: InstanceEntry | undefined): InstanceEntry | undefined {
    if (watched !== this.#watched) {
      this.#watched = watched
      this.#found = undefined
      this.#askedAt = -Infinity
    }
    if (!watched) return undefined
    if (performance.now() - this.#askedAt >= FRESH) void this.#ask(watched)
    return this.#found ?? watched
  }

  async #ask(watched: InstanceEntry): Promise<void> {
    this.#askedAt = performance.now()
    const { service, instance } = watched
    const found = await this.#client
      .find({ service, id: instance.id }, { detail: true, signal: this.#signal })
      .catch(() => [])
    // Meanwhile another may be looked at. Where the registry does not answer, the watch says so.
    if (watched !== this.#watched) return
    this.#found = found.find((entry) => keyOf(entry) === keyOf(watched)) ?? this.#found
    this.#onFound()
  }
}
