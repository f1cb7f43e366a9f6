import { escapeKey } from '../../model/key.ts'
import type { Logger } from '../../model/logger.ts'
import { rangeText } from './key-range.ts'
import type { KeyRange, Operation, Store } from './store.ts'

/** The same store, which tells each request as it is made. Values are never told: there may be secrets in them. */
export function logged(store: Store, logger: Logger): Store {
  const tell = (request: string) => logger.debug(`${store.driver}: ${request}`)
  return {
    driver: store.driver,
    history: store.history,
    ...(store.unordered && { unordered: true }),
    ...(store.sessions && { sessions: true }),
    ttl: store.ttl,
    async *scan(range, options) {
      tell(`read ${rangeText(range)}${options?.revision ? ` as of revision ${options.revision}` : ''}`)
      yield* store.scan(range, options)
    },
    ...(store.readable && { readable: readableOf(store, tell) }),
    count(range, options) {
      tell(`count ${rangeText(range)}`)
      return store.count(range, options)
    },
    write(operations, options) {
      for (const operation of operations) tell(operationText(operation))
      return store.write(operations, options)
    },
    grant(ttl, options) {
      tell(`grant a lease of ${ttl}s`)
      return store.grant(ttl, options)
    },
    keepAlive(lease, options) {
      tell(`renew lease ${lease}`)
      return store.keepAlive(lease, options)
    },
    lookUp(leases, options) {
      tell(`look up ${leases.length === 1 ? `lease ${leases[0]}` : `${leases.length} leases`}`)
      return store.lookUp(leases, options)
    },
    ...(store.holds && { holds: holdsOf(store, tell) }),
    ...(store.sessionAddresses && { sessionAddresses: addressesOf(store, tell) }),
    revoke(lease, options) {
      tell(`revoke lease ${lease}`)
      return store.revoke(lease, options)
    },
    watch(range, options) {
      tell(`watch ${rangeText(range)}${options.since ? ` after revision ${options.since}` : ''}`)
      return store.watch(range, options)
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

function readableOf(store: Store, tell: (request: string) => void): NonNullable<Store['readable']> {
  return async (range: KeyRange, options) => {
    tell(`ask which parts of ${rangeText(range)} may be read`)
    return (await store.readable?.(range, options)) ?? []
  }
}

function holdsOf(store: Store, tell: (request: string) => void): NonNullable<Store['holds']> {
  return async (lease, keys, options) => {
    tell(`ask whether ${keys.length === 1 ? 'a key hangs' : `${keys.length} keys hang`} on lease ${lease}`)
    return (await store.holds?.(lease, keys, options)) ?? false
  }
}

function addressesOf(store: Store, tell: (request: string) => void): NonNullable<Store['sessionAddresses']> {
  return async (options) => {
    tell('ask where sessions are connected from')
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
