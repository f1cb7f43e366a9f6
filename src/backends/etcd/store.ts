import type { ITxnRequest } from 'etcd3'
import { escapeKey } from '../../model/key.ts'
import { anyOf, LONGEST } from '../../model/signals.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import {
  rangeText,
  keyOfOperation,
  type FirstPage,
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
import type { HeldLease, HoldingResults } from '../kv/holding.ts'
import { Cluster } from './cluster.ts'
import { endpointsOf } from './endpoints.ts'
import { EtcdMember } from './member.ts'
import { loginOf } from './login.ts'
import { CallFailure, leaseDigits, rangeRequest } from './calls.ts'
import { Heartbeats } from './heartbeats.ts'
import { keepHolding } from './keep-holding.ts'
import { keepHoldingEach } from './keep-holding-each.ts'
import { LeaseKeyChecks } from './lease-key-checks.ts'
import { lookUp } from './leases.ts'
import { permitted } from './permissions.ts'
import { firstPages, scan } from './scan.ts'
import { readTls } from '../contract/tls.ts'
import { batches, outcomesOf, separately, together } from './transactions.ts'
import { watch } from './watch.ts'

const BATCHES_AT_ONCE = 4

interface Stoppable {
  readonly signal?: AbortSignal
}

/**
 * Opens etcd as a store. Reads certificates and SRV records; sends nothing to etcd before the first request. Throws
 * `unreachable` for a domain without SRV records.
 */
export async function openEtcdStore(target: Target, { logger }: Pick<OpenOptions, 'logger'>): Promise<Store> {
  const timeout = Math.min(target.requestTimeout, LONGEST)
  const { endpoints, secure } = await endpointsOf(target)
  const tls = secure ? await readTls('etcd', target.tls ?? {}) : undefined
  const { login, user } = loginOf(target)
  const members = endpoints.map((endpoint) => new EtcdMember(endpoint, tls, login, timeout))
  logger.debug(`etcd: ${endpoints.join(', ')}${secure ? ' over TLS' : ''}`)
  return new EtcdStore(new Cluster(members, { user: user ?? tls?.commonName, tls, timeout }))
}

/** etcd as a store, with its own transactions, leases and history. */
class EtcdStore implements Store {
  readonly driver = 'etcd'
  readonly history = true
  readonly ttl = { default: 15, least: 2 }
  readonly #cluster: Cluster
  readonly #holding: { readonly heartbeats: Heartbeats; readonly checks: LeaseKeyChecks }
  readonly #closing = new AbortController()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
    this.#holding = { heartbeats: new Heartbeats(cluster), checks: new LeaseKeyChecks(cluster) }
  }

  scan(range: KeyRange, options?: StoreScanOptions): AsyncIterable<StorePage> {
    return scan(this.#cluster, range, options)
  }

  firstPages(
    ranges: readonly KeyRange[],
    options?: { revision?: string; limit?: number; tables?: boolean } & Stoppable,
  ): Promise<readonly FirstPage[] | undefined> {
    return firstPages(this.#cluster, ranges, options)
  }

  async readable(range: KeyRange, { signal }: Stoppable = {}): Promise<KeyRange[]> {
    return (await permitted(this.#cluster, range, signal)).read
  }

  async count(range: KeyRange, { signal }: Stoppable = {}): Promise<number> {
    const request = { ...rangeRequest(range), count_only: true }
    const doing = `read ${rangeText(range)}`
    const { count } = await this.#cluster.read(doing, (member) => member.range(request, signal), signal)
    return count
  }

  async write(
    operations: readonly Operation[],
    { atomic = false, signal }: { atomic?: boolean } & Stoppable = {},
  ): Promise<OperationOutcome[]> {
    signal?.throwIfAborted()
    if (operations.length === 0) return []
    if (atomic) return this.#transact(operations, together(operations), signal)
    const parts = batches(operations)
    const outcomes: OperationOutcome[][] = []
    const waiting = parts.entries()
    const work = async (): Promise<void> => {
      for (const [at, part] of waiting) outcomes[at] = await this.#transact(part, separately(part), signal)
    }
    const works = await Promise.allSettled(Array.from({ length: BATCHES_AT_ONCE }, work))
    for (const done of works) if (done.status === 'rejected') throw done.reason
    return outcomes.flat()
  }

  async #transact(
    operations: readonly Operation[],
    request: ITxnRequest,
    signal: AbortSignal | undefined,
  ): Promise<OperationOutcome[]> {
    const doing = `write ${keysOf(operations)}`
    return outcomesOf(
      operations,
      await this.#cluster.write(doing, (member) => member.transact(request, signal), signal),
    )
  }

  async grant(ttl: number, { signal }: Stoppable = {}): Promise<StoreLease> {
    const granted = await this.#cluster.write('grant a lease', (member) => member.grant(ttl, signal), signal)
    return { lease: granted.lease, ttl: granted.ttl }
  }

  async keepAlive(lease: string, { signal }: Stoppable = {}): Promise<StoreLease | undefined> {
    const id = leaseDigits(lease)
    const ttl = await this.#holding.heartbeats.beat(id, signal)
    return ttl > 0 ? { lease: id, ttl } : undefined
  }

  lookUp(leases: readonly string[], options?: { keys?: boolean } & Stoppable): Promise<Map<string, StoreLeaseState>> {
    return lookUp(this.#cluster, leases, options)
  }

  keepHolding(
    lease: string,
    keys: readonly Uint8Array[],
    { patience = 0, signal }: { patience?: number } & Stoppable = {},
  ): Promise<StoreLease | undefined> {
    return keepHolding(this.#holding, { lease: leaseDigits(lease), keys, patience, signal })
  }

  keepHoldingEach(held: readonly HeldLease[], results: HoldingResults): (at: number) => void {
    return keepHoldingEach(this.#holding, held, results)
  }

  async revoke(lease: string, { signal }: Stoppable = {}): Promise<void> {
    const id = leaseDigits(lease)
    await this.#cluster.read(
      `end the lease ${lease}`,
      async (member) => {
        try {
          await member.revoke(id, signal)
        } catch (error) {
          if (!(error instanceof CallFailure) || !error.details.includes('lease not found')) throw error
        }
      },
      signal,
    )
  }

  watch(
    ranges: readonly KeyRange[],
    { since, signal }: { since?: string; signal: AbortSignal },
  ): AsyncIterable<StoreEvent> {
    const signals = anyOf(signal, this.#closing.signal)
    return watch(this.#cluster, ranges, { signal: signals, ...(since === undefined ? {} : { since }) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    this.#cluster[Symbol.dispose]()
  }
}

function keysOf(operations: readonly Operation[]): string {
  const [first] = operations
  if (!first) return 'nothing'
  const key = escapeKey(keyOfOperation(first))
  return operations.length === 1 ? key : `${key} and ${operations.length - 1} more`
}
