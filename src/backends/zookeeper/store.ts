import { escapeKey } from '../../model/key.ts'
import { anyOf } from '../../model/signals.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import {
  covering,
  keyOfOperation,
  type KeyRange,
  type Operation,
  type OperationOutcome,
  type Store,
  type StoreEvent,
  type StoreLease,
  type StoreLeaseState,
  type StorePage,
  type StoreScanOptions,
} from '../kv/store.ts'
import { sessionAddresses, Sessions } from './sessions.ts'
import { type Beside, examine } from './beside.ts'
import { Ensemble } from './ensemble.ts'
import { requirePath } from './paths.ts'
import { scan } from './scan.ts'
import { ensembleOptions } from './opening.ts'
import { TRAITS } from './target.ts'
import { watch } from './watch.ts'
import { writeEach, writeTogether } from './write.ts'

interface Stoppable {
  readonly signal?: AbortSignal
}

/** Opens ZooKeeper as a store. Reads certificates; sends nothing before the first request. */
export async function openZooKeeperStore(
  target: Target,
  { logger }: Pick<OpenOptions, 'logger'>,
): Promise<ZooKeeperStore> {
  const options = await ensembleOptions(target)
  const { endpoints, tls } = options
  logger.debug(`zookeeper: ${endpoints.join(', ')}${tls ? ' over TLS' : ''}`)
  return new ZooKeeperStore(new Ensemble(options), (signal) => sessionAddresses({ endpoints, tls, logger }, signal))
}

/** ZooKeeper as a store: keys are paths, leases are sessions of this process, revisions are transactions (zxid). */
export class ZooKeeperStore implements Store {
  readonly driver = 'zookeeper'
  readonly history = TRAITS.history
  readonly unordered = TRAITS.unordered
  readonly sessions = TRAITS.sessions
  readonly ttl = { default: 15, least: 1 }
  readonly #ensemble: Ensemble
  readonly #sessions: Sessions
  readonly #addresses: (signal?: AbortSignal) => Promise<Map<string, string>>
  readonly #closing = new AbortController()

  constructor(ensemble: Ensemble, addresses: (signal?: AbortSignal) => Promise<Map<string, string>>) {
    this.#ensemble = ensemble
    this.#addresses = addresses
    this.#sessions = new Sessions(ensemble)
  }

  scan(range: KeyRange, options?: StoreScanOptions): AsyncIterable<StorePage> {
    return scan(this.#ensemble, range, options)
  }

  async count(range: KeyRange, { limit, signal }: { limit?: number } & Stoppable = {}): Promise<number> {
    let count = 0
    for await (const { records } of this.scan(range, { ...(limit ? { limit } : {}), ...(signal ? { signal } : {}) }))
      count += records.length
    return count
  }

  async write(
    operations: readonly Operation[],
    { atomic = false, signal }: { atomic?: boolean } & Stoppable = {},
  ): Promise<OperationOutcome[]> {
    signal?.throwIfAborted()
    if (operations.length === 0) return []
    const means = { ensemble: this.#ensemble, sessions: this.#sessions, signal }
    return this.#ensemble.explaining(`write ${keysOf(operations)}`, () =>
      (atomic ? writeTogether : writeEach)(means, operations),
    )
  }

  /** Reads the ACL and kind of each node; undefined for one that is gone. `bytes`: the size of its data. */
  async examine(
    nodes: readonly { readonly key: Uint8Array; readonly bytes: number }[],
    { signal }: Stoppable = {},
  ): Promise<(Beside | undefined)[]> {
    const sized = nodes.map(({ key, bytes }) => ({ path: requirePath(key), bytes }))
    return this.#ensemble.explaining('read the ACLs of nodes', () => examine(this.#ensemble, sized, signal))
  }

  async grant(ttl: number, { signal }: Stoppable = {}): Promise<StoreLease> {
    signal?.throwIfAborted()
    return this.#ensemble.explaining('open a session', () => this.#sessions.grant(ttl, signal))
  }

  keepAlive(lease: string, { signal }: Stoppable = {}): Promise<StoreLease | undefined> {
    return this.#ensemble.explaining(`renew the session 0x${lease}`, () => this.#sessions.keepAlive(lease, signal))
  }

  async lookUp(
    leases: readonly string[],
    options: { keys?: boolean } & Stoppable = {},
  ): Promise<Map<string, StoreLeaseState>> {
    options.signal?.throwIfAborted()
    return this.#ensemble.explaining('look up sessions', () => this.#sessions.lookUp(leases, options))
  }

  sessionAddresses({ signal }: Stoppable = {}): Promise<Map<string, string>> {
    return this.#addresses(signal)
  }

  revoke(lease: string, { signal }: Stoppable = {}): Promise<void> {
    return this.#ensemble.explaining(`end the session 0x${lease}`, () => this.#sessions.revoke(lease, signal))
  }

  watch(ranges: readonly KeyRange[], { signal }: { signal: AbortSignal }): AsyncIterable<StoreEvent> {
    return watch(this.#ensemble, covering(ranges), anyOf(signal, this.#closing.signal))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await Promise.all([this.#ensemble.close(), this.#sessions.leave()])
  }
}

function keysOf(operations: readonly Operation[]): string {
  const [first] = operations
  if (!first) return 'nothing'
  const key = escapeKey(keyOfOperation(first))
  return operations.length === 1 ? key : `${key} and ${operations.length - 1} more`
}
