import type { RawRecord } from '../../model/record.ts'
import type { Scope } from '../contract/backend.ts'
import type { ConsulContext } from './context.ts'
import { BlockingQuery } from './blocking-query.ts'
import { inOrder, placeOf } from './record.ts'
import { FEW, candidates, recordsIn } from './scan.ts'

/** A query that is repeated for news. */
interface Feed {
  /** Waits for news of its part of the scope and takes it in. Resolves to the names of the services that changed. */
  next(signal: AbortSignal): Promise<ReadonlySet<string>>
}

type Services = ReadonlyMap<string, readonly RawRecord[]>

const NONE: ReadonlySet<string> = new Set()

/**
 * What is registered in a scope, kept current by a bounded number of queries: one a data centre for all of it; for few services
 * one for each, and one for the names, since parts of a service may appear under a scheme of their own.
 */
export class WatchedScope {
  readonly feeds: Feed[] = []
  readonly #consul: ConsulContext
  readonly #known = new Map<Feed, Services>()

  private constructor(consul: ConsulContext) {
    this.#consul = consul
  }

  static async of(consul: ConsulContext, { services, rawKey }: Scope, signal: AbortSignal): Promise<WatchedScope> {
    const view = new WatchedScope(consul)
    if (rawKey !== undefined) {
      view.#followKey(rawKey)
      return view
    }
    for (const dc of await consul.catalog.datacenters(signal)) {
      if (services !== undefined && services.length <= FEW) view.#followNames(dc, services)
      else view.#followAll(dc, (record) => services?.includes(record.service) ?? true)
    }
    return view
  }

  /** The records of a service now, in their order. */
  records(service: string): RawRecord[] {
    return inOrder([...this.#known.values()].flatMap((services) => services.get(service) ?? []))
  }

  #followKey(rawKey: string): void {
    this.#followAll(placeOf(rawKey)?.datacenter ?? '', ({ id }) => id === rawKey)
  }

  #followAll(dc: string, isMeant: (record: RawRecord) => boolean): void {
    const { catalog, layout, timeout } = this.#consul
    const following = new BlockingQuery((options) => catalog.whole(dc, options), timeout)
    const feed: Feed = {
      next: async (signal) => {
        const snapshot = await following.next(signal)
        return snapshot ? this.#take(feed, recordsIn([snapshot], layout).filter(isMeant)) : NONE
      },
    }
    this.feeds.push(feed)
  }

  #followNames(dc: string, services: readonly string[]): void {
    const { catalog, layout, timeout } = this.#consul
    const following = new BlockingQuery((options) => catalog.names(dc, options), timeout)
    const followed = new Set<string>()
    this.feeds.push({
      next: async (signal) => {
        const { names = [] } = (await following.next(signal)) ?? {}
        for (const name of candidates(names, services, layout)) {
          if (!followed.has(name)) this.#followService(dc, name, services)
          followed.add(name)
        }
        return NONE
      },
    })
  }

  #followService(dc: string, name: string, services: readonly string[]): void {
    const { catalog, layout, timeout } = this.#consul
    const following = new BlockingQuery((options) => catalog.service(dc, name, options), timeout)
    const feed: Feed = {
      next: async (signal) => {
        const snapshot = await following.next(signal)
        return snapshot ? this.#take(feed, recordsIn([snapshot], layout, services)) : NONE
      },
    }
    this.feeds.push(feed)
  }

  #take(feed: Feed, records: readonly RawRecord[]): ReadonlySet<string> {
    const before = this.#known.get(feed) ?? new Map()
    const after = byService(records)
    this.#known.set(feed, after)
    const names = new Set([...before.keys(), ...after.keys()])
    return new Set([...names].filter((name) => versionOf(before.get(name)) !== versionOf(after.get(name))))
  }
}

function byService(records: readonly RawRecord[]): Services {
  const services = new Map<string, RawRecord[]>()
  for (const record of records) {
    const some = services.get(record.service)
    if (some) some.push(record)
    else services.set(record.service, [record])
  }
  return services
}

/** Differs between two states of a service: Consul counts every change of a registration and of a check. */
function versionOf(records: readonly RawRecord[] = []): string {
  return JSON.stringify(
    records.map(({ id, revision, body }) => [
      id,
      revision,
      'Checks' in body && Array.isArray(body.Checks) ? body.Checks.map(checkVersion) : 0,
    ]),
  )
}

function checkVersion({ CheckID, ModifyIndex, Status }: Readonly<Record<string, unknown>>): unknown[] {
  return [CheckID, ModifyIndex, Status]
}
