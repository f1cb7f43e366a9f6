import { messageOf, RollcallError } from '../model/errors.ts'
import { type Logger, silent } from '../model/logger.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { type BackOff, backOff, pause } from '../model/back-off.ts'
import type { Client } from './client.ts'
import { ServiceFeed } from './watch/service-feed.ts'
import type { ServiceInstance } from '../model/instance.ts'
import { unlessAborted } from '../model/signals.ts'
import type { ServiceOptions } from './watch/watcher.ts'

/**
 * A discovery that answers from memory, with one watch for each service that was asked for. While the registry is
 * unreachable the last list is kept and reported as stale. Disposing of it ends the watches.
 */
export interface CachedDiscovery extends AsyncDisposable {
  /**
   * Resolves with the instances that are up, or with all of them for `{all: true}`. The first call for a service waits for
   * the registry, and rejects with its error when it cannot be read.
   */
  getService(name: string, options?: ServiceOptions): Promise<readonly ServiceInstance[]>
  /** Whether the list of a service may be out of date, or has not been read. */
  isStale(name: string): boolean
  [Symbol.asyncDispose](): Promise<void>
}

/** Opens a discovery that keeps the services it was asked for in memory. Nothing is read before the first call. */
export function cachedDiscovery(
  { client }: { readonly client: Pick<Client, 'watch'> },
  { logger = silent }: { readonly logger?: Logger } = {},
): CachedDiscovery {
  const stop = new AbortController()
  const services = new Map<string, CachedService>()
  const open = (name: string): CachedService => {
    const service = new CachedService(client, name, { logger, signal: stop.signal })
    services.set(name, service)
    service.ready.catch(() => services.delete(name))
    return service
  }
  return {
    async getService(name, { all = false, signal } = {}) {
      stop.signal.throwIfAborted()
      const service = services.get(name) ?? open(name)
      await unlessAborted(service.ready, signal)
      return service.entries.filter(({ observed }) => all || observed.status === 'up').map(({ instance }) => instance)
    },
    isStale: (name) => services.get(name)?.stale ?? true,
    async [Symbol.asyncDispose]() {
      stop.abort(new RollcallError('interrupted', 'the cached discovery was closed'))
      await Promise.all([...services.values()].map((service) => service.ended))
    },
  }
}

const DELAY: BackOff = { first: 500, most: 30_000 }

interface CachedServiceOptions {
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Receives each list. Must not throw. */
  readonly onList?: (entries: readonly InstanceEntry[]) => void
}

/** The last list of one service. Its watch is started again whatever ended it, until the signal is aborted. */
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

  constructor(client: Pick<Client, 'watch'>, name: string, { logger, signal, onList }: CachedServiceOptions) {
    this.#name = name
    this.#logger = logger
    this.#signal = signal
    this.#begin = () => new ServiceFeed(client.watch({ services: [name] }, { signal }), onList)
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
