import { escapeKey } from '../../model/key.ts'
import type { Logger } from '../../model/logger.ts'
import { rangeText, type KeyRange, type Operation, type Store } from './store.ts'
import { layouts, prefixesToRead, usualLayout } from '../../layouts/index.ts'
import type { LayoutEncodeOptions, StoreKind } from '../../layouts/layout.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { Scope } from '../contract/backend.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import { Prefix } from './prefix.ts'

/** What the parts of the adapter share: a store, and where and in which layout records are read and written. */
export interface KvContext {
  readonly store: Store
  readonly now: () => number
  /** The layout in which records are read; `auto` recognises each by its signs. */
  readonly layout: LayoutName | 'auto'
  /** The prefixes that are read, in key order. */
  readonly prefixes: readonly Prefix[]
  /** The prefix that the user named, if any. */
  readonly givenPrefix: string | undefined
  /** Milliseconds after which an AIO record that was not renewed counts as expired. */
  readonly aioTtl: number
  /** Where new records of a layout are written. */
  readonly prefixOf: (layout: LayoutName) => Prefix
}

export function kvContextOf(bare: Store, target: Target, options: OpenOptions): KvContext {
  const store = logged(bare, options.logger)
  const written = new Map<LayoutName, Prefix>()
  const prefixOf = (layout: LayoutName) => {
    const prefix =
      written.get(layout) ?? new Prefix(target.prefix ?? layouts[layout].defaultPrefix, layout, kindOf(store))
    written.set(layout, prefix)
    return prefix
  }
  return {
    store,
    now: options.now,
    layout: target.layout,
    prefixes: prefixesIn(target, kindOf(store)),
    givenPrefix: target.prefix,
    aioTtl: target.aioTtl,
    prefixOf,
  }
}

function prefixesIn({ prefix, layout }: Target, kind: StoreKind): readonly Prefix[] {
  if (prefix !== undefined) return [new Prefix(prefix, layout, kind)]
  return prefixesToRead(layout, kind).map((text) => new Prefix(text, layout, kind, layout === 'auto'))
}

/** Leases that are sessions are ZooKeeper's, whose keys are the paths of a tree. */
export function kindOf({ sessions }: Pick<Store, 'sessions'>): StoreKind {
  return sessions ? 'tree' : 'flat'
}

/** The prefixes of a scope, in key order. */
export function prefixesOf(kv: KvContext, { layout }: Scope): readonly Prefix[] {
  return layout === undefined ? kv.prefixes : [placeToWrite(kv, layout).prefix]
}

/**
 * The layout and the prefix in which a new record is written: `wanted`, or the layout of the registry, or the usual one
 * of its prefix.
 */
export function placeToWrite(kv: KvContext, wanted?: LayoutName): { layout: LayoutName; prefix: Prefix } {
  const layout = wanted ?? (kv.layout === 'auto' ? usualLayout(kv.givenPrefix, kindOf(kv.store)) : kv.layout)
  return { layout, prefix: kv.prefixOf(layout) }
}

/** The prefix under which new records of a target are written, before its store is opened. */
export function prefixToWrite({ prefix, layout }: Pick<Target, 'prefix' | 'layout'>, kind: StoreKind): Prefix {
  const written = layout === 'auto' ? usualLayout(prefix, kind) : layout
  return new Prefix(prefix ?? layouts[written].defaultPrefix, written, kind)
}

/** What a layout is to know to write an instance under a prefix. */
export function encodeOptions(
  { text, isWholeStore, kind }: Prefix,
  { now, weight, env, status, isPersistent, lease }: Omit<LayoutEncodeOptions, 'prefix' | 'atStart' | 'isTree'>,
): LayoutEncodeOptions {
  const isTree = kind === 'tree'
  return { prefix: text, atStart: isWholeStore, isTree, now, weight, env, status, isPersistent, lease }
}

/** Wraps a store so that each request is logged at debug level. Values are never logged: they may contain secrets. */
export function logged(store: Store, logger: Logger): Store {
  const log = (request: string) => logger.debug(`${store.driver}: ${request}`)
  return {
    driver: store.driver,
    history: store.history,
    ...(store.unordered && { unordered: true }),
    ...(store.sessions && { sessions: true }),
    ttl: store.ttl,
    async *scan(range, options) {
      log(`read ${rangeText(range)}${asOf(options)}`)
      yield* store.scan(range, options)
    },
    ...(store.firstPages && { firstPages: firstPagesOf(store, log) }),
    ...(store.readable && { readable: readableOf(store, log) }),
    count(range, options) {
      log(`count ${rangeText(range)}`)
      return store.count(range, options)
    },
    write(operations, options) {
      for (const operation of operations) log(operationText(operation))
      return store.write(operations, options)
    },
    grant(ttl, options) {
      log(`grant a lease of ${ttl}s`)
      return store.grant(ttl, options)
    },
    keepAlive(lease, options) {
      log(`renew lease ${lease}`)
      return store.keepAlive(lease, options)
    },
    lookUp(leases, options) {
      log(`look up ${leases.length === 1 ? `lease ${leases[0]}` : `${leases.length} leases`}`)
      return store.lookUp(leases, options)
    },
    ...(store.keepHolding && { keepHolding: keepHoldingOf(store, log) }),
    ...(store.keepHoldingEach && { keepHoldingEach: keepHoldingEachOf(store.keepHoldingEach.bind(store), log) }),
    ...(store.sessionAddresses && { sessionAddresses: addressesOf(store, log) }),
    revoke(lease, options) {
      log(`revoke lease ${lease}`)
      return store.revoke(lease, options)
    },
    watch(ranges, options) {
      log(`watch ${ranges.map(rangeText).join(', ')}${options.since ? ` after revision ${options.since}` : ''}`)
      return store.watch(ranges, options)
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

function asOf({ revision }: { readonly revision?: string } = {}): string {
  return revision ? ` as of revision ${revision}` : ''
}

function firstPagesOf(store: Store, log: (request: string) => void): NonNullable<Store['firstPages']> {
  return (ranges, options) => {
    log(`read together ${ranges.map(rangeText).join(', ')}${asOf(options)}`)
    return store.firstPages?.(ranges, options) ?? Promise.resolve(undefined)
  }
}

function readableOf(store: Store, log: (request: string) => void): NonNullable<Store['readable']> {
  return async (range: KeyRange, options) => {
    log(`ask which parts of ${rangeText(range)} are readable`)
    return (await store.readable?.(range, options)) ?? []
  }
}

function keepHoldingOf(store: Store, log: (request: string) => void): NonNullable<Store['keepHolding']> {
  return (lease, keys, options) => {
    log(`renew lease ${lease}, and look whether its keys hang on it`)
    return store.keepHolding?.(lease, keys, options) ?? Promise.resolve(undefined)
  }
}

function keepHoldingEachOf(
  keepHoldingEach: NonNullable<Store['keepHoldingEach']>,
  log: (request: string) => void,
): NonNullable<Store['keepHoldingEach']> {
  return (held, results) => {
    const which = held.length === 1 ? `lease ${held[0]?.lease}` : `${held.length} leases`
    log(`renew ${which}, and look whether ${held.length === 1 ? 'its keys hang on it' : 'their keys hang on them'}`)
    return keepHoldingEach(held, results)
  }
}

function addressesOf(store: Store, log: (request: string) => void): NonNullable<Store['sessionAddresses']> {
  return async (options) => {
    log('ask where sessions are connected from')
    return (await store.sessionAddresses?.(options)) ?? new Map()
  }
}

function operationText(operation: Operation): string {
  const on =
    operation.expect === undefined ? '' : operation.expect === null ? ' if absent' : ` if at ${operation.expect}`
  if ('delete' in operation) return `delete ${escapeKey(operation.delete)}${on}`
  if ('check' in operation) return `check ${escapeKey(operation.check)}${on}`
  const lease = operation.lease === undefined ? '' : ` on lease ${operation.lease}`
  return `put ${escapeKey(operation.put)}${lease}${on}`
}
