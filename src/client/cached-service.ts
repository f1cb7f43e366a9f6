import { messageOf } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { type BackOff, backOff, pause } from './back-off.ts'
import type { Client } from './client.ts'
import { ServiceFeed } from './service-feed.ts'

const DELAY: BackOff = { first: 500, most: 30_000 }

/** The last list of one service. Its watch is begun again for as long as it is wanted, whatever ended it. */
export class CachedService {
  /** Resolves with the first list; rejects when there is none. */
  readonly ready: Promise<void>
  /** Resolves when it has stopped. */
  readonly ended: Promise<void>
  readonly #begin: () => ServiceFeed
  readonly #name: string
  readonly #logger: Logger
  readonly #signal: AbortSignal
  #feed: ServiceFeed
  #last: readonly InstanceEntry[] = []

  constructor(client: Pick<Client, 'watch'>, name: string, options: { logger: Logger; signal: AbortSignal }) {
    this.#name = name
    this.#logger = options.logger
    this.#signal = options.signal
    this.#begin = () => new ServiceFeed(client.watch({ services: [name] }, { signal: options.signal }))
    this.#feed = this.#begin()
    this.ready = this.#feed.newerThan(0)
    this.ended = this.ready.then(() => this.#follow()).catch(() => {})
  }

  get entries(): readonly InstanceEntry[] {
    return this.#feed.version > 0 ? this.#feed.entries : this.#last
  }

  get stale(): boolean {
    return this.#feed.version === 0 || this.#feed.stale
  }

  /** Ends by the signal's reason alone. */
  async #follow(): Promise<never> {
    for (let attempt = 1; ; attempt++) {
      await this.#feed.ended
      this.#signal.throwIfAborted()
      if (this.#feed.version > 0) attempt = 1
      this.#last = this.entries
      const delay = backOff(attempt, DELAY)
      this.#logger.warn(`the watch of ${this.#name} ended: ${messageOf(this.#feed.failure)}; again in ${delay} ms`)
      await pause(delay, this.#signal)
      this.#feed = this.#begin()
    }
  }
}
