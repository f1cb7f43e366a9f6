import { RollcallError } from '../model/errors.ts'
import type { ServiceInstance } from '../model/instance.ts'
import { type Logger, silent } from '../model/logger.ts'
import { unlessAborted } from '../model/signals.ts'
import { CachedService } from './cached-service.ts'
import type { Client } from './client.ts'
import type { ServiceOptions } from './watcher.ts'

/**
 * Answers from memory: one watch for each service that was asked for. While the registry is away the last list is kept
 * and is stale. Closing it ends the watches.
 */
export interface CachedDiscovery extends AsyncDisposable {
  /** What is up, or `{all: true}`. The first answer for a service waits for the registry, and rejects when it cannot be read. */
  getService(name: string, options?: ServiceOptions): Promise<readonly ServiceInstance[]>
  /** Whether the list of a service may be out of date, or is not known. */
  isStale(name: string): boolean
}

/** A discovery that keeps what it was asked for in memory. */
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
