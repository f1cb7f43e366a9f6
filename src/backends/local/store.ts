import type { InstanceInit } from '../../model/instance.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Backend, InstanceToRegister, Registration, WriteOptions } from '../contract/backend.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import { KvBackend } from '../kv/adapter.ts'
import { setImmediate as pause } from 'node:timers/promises'
import { anyOf } from '../../model/signals.ts'
import { advice } from '../../model/wording.ts'
import {
  covering,
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
import { changesAfter, currentRevision } from './history.ts'
import { LEASE_TTL, grant, keepAlive, lookUp, revoke } from './leases.ts'
import { filePlace, memoryPlace } from './place.ts'
import { count, apply } from './records.ts'
import { type ChangeOptions, LocalRegistry } from './registry.ts'
import { ReportedExpiries, changesFrom } from './watch.ts'
import { Snapshots } from './snapshots.ts'
import { type SqliteConnection, loadSqlite } from './sqlite.ts'

/** Operations, or leases looked up, at once: other work gets its turn in between. */
const BATCH = 1_000

interface Call {
  readonly signal?: AbortSignal
}

/**
 * Opens the embedded registry in a file, or in memory without a path. A missing file is created by the first put or grant;
 * until then reading throws `unreachable`.
 *
 * @param now - returns milliseconds since 1970
 * @throws RollcallError `storage` for a file that is not a registry, `forbidden` for one without permission to read
 */
export async function openLocalStore(
  path: string | undefined,
  now: () => number,
  steady?: () => number,
): Promise<LocalStore> {
  const open = await loadSqlite()
  const place = path === undefined ? memoryPlace(open) : filePlace(open, path)
  const registry = new LocalRegistry(place, now, steady)
  // A file that can never be used is refused here.
  await registry.exists()
  return new LocalStore(registry, now)
}

export class LocalStore implements Store {
  readonly driver = 'local'
  readonly history = true
  readonly ttl = LEASE_TTL
  readonly #registry: LocalRegistry
  readonly #snapshots: Snapshots
  readonly #now: () => number

  constructor(registry: LocalRegistry, now: () => number) {
    this.#registry = registry
    this.#snapshots = new Snapshots(registry, now)
    this.#now = now
  }

  exists(): Promise<boolean> {
    return this.#registry.exists()
  }

  /** Creates the registry if there is none. */
  create(signal?: AbortSignal): Promise<void> {
    return this.#registry.create(signal)
  }

  scan(range: KeyRange, options: StoreScanOptions = {}): AsyncIterable<StorePage> {
    return this.#snapshots.scan(range, options)
  }

  async count(range: KeyRange, { limit = -1, signal }: Call & { limit?: number } = {}): Promise<number> {
    return this.#registry.read((connection) => count(connection, range, this.#now(), limit), signal)
  }

  async write(
    operations: readonly Operation[],
    { atomic = false, signal }: Call & { atomic?: boolean } = {},
  ): Promise<OperationOutcome[]> {
    const outcomes: OperationOutcome[] = []
    for (const batch of batches(operations, atomic ? operations.length : BATCH)) {
      const create = batch.some((operation) => 'put' in operation)
      const done = await this.#change((connection) => apply(connection, batch, { atomic, now: this.#now() }), {
        create,
        signal,
      })
      outcomes.push(...done)
      await pause()
    }
    return outcomes
  }

  async grant(ttl: number, { signal }: Call = {}): Promise<StoreLease> {
    return this.#change((connection) => grant(connection, ttl, this.#now()), { create: true, signal })
  }

  async keepAlive(lease: string, { signal }: Call = {}): Promise<StoreLease | undefined> {
    return this.#change((connection) => keepAlive(connection, lease, this.#now()), { create: false, signal })
  }

  async lookUp(
    leases: readonly string[],
    { keys = false, signal }: Call & { keys?: boolean } = {},
  ): Promise<Map<string, StoreLeaseState>> {
    const found = new Map<string, StoreLeaseState>()
    for (const batch of batches(leases, BATCH)) {
      await this.#registry.read((connection) => {
        for (const lease of batch) {
          const state = lookUp(connection, lease, keys, this.#now())
          if (state) found.set(lease, state)
        }
      }, signal)
      await pause()
    }
    return found
  }

  async revoke(lease: string, { signal }: Call = {}): Promise<void> {
    await this.#change((connection) => revoke(connection, lease), { create: false, signal })
  }

  #change<T>(body: (connection: SqliteConnection) => T, options: ChangeOptions): Promise<T> {
    this.#snapshots.letGo()
    return this.#registry.change(body, options)
  }

  /** Makes watches look again, where the clock was set. */
  wake(): void {
    this.#registry.bell.ring()
  }

  async *watch(
    ranges: readonly KeyRange[],
    options: { since?: string; signal: AbortSignal },
  ): AsyncGenerator<StoreEvent> {
    const range = covering(ranges)
    const signal = anyOf(options.signal, this.#registry.closed)
    if (signal.aborted) return
    const now = await this.#registry.read(currentRevision)
    const since = options.since === undefined ? now : revisionFrom(options.since)
    const expiries = new ReportedExpiries()
    yield* changesFrom(since, {
      bell: this.#registry.bell,
      signal,
      read: (revision) =>
        this.#registry.read((connection) =>
          connection.reading(() => {
            const stretch = changesAfter(connection, revision, range)
            return expiries.complete(stretch, connection, range, this.#now())
          }),
        ),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#snapshots.close()
    this.#registry.close()
  }
}

function revisionFrom(text: string): number {
  const revision = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(revision)) return revision
  throw new RollcallError('usage', `"${text}" is not a valid revision`, {
    hint: `a revision is a number, as ${advice('textOfRevision')} shows it`,
  })
}

function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}

export async function openLocal(target: Target, options: OpenOptions): Promise<Backend> {
  const path = target.url.scheme === 'memory' ? undefined : target.url.path
  return new LocalBackend(await openLocalStore(path, options.now), target, options)
}

class LocalBackend extends KvBackend {
  readonly #store: LocalStore

  constructor(store: LocalStore, target: Target, options: OpenOptions) {
    super(store, target, options)
    this.#store = store
  }

  exists(): Promise<boolean> {
    return this.#store.exists()
  }

  /**
   * Creates a missing file, but only for an instance that can be registered: registering reads first, which fails without
   * a file.
   */
  override register(instance: InstanceInit, options: WriteOptions): Promise<Registration> {
    return this.#creating(() => super.register(instance, options), options.signal)
  }

  override registerNew(
    instances: readonly InstanceToRegister[],
    options: WriteOptions,
  ): Promise<(Registration | RollcallError | undefined)[]> {
    return this.#creating(() => super.registerNew(instances, options), options.signal)
  }

  async #creating<T>(act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await act()
    } catch (error) {
      if (!(error instanceof RollcallError && error.code === 'unreachable')) throw error
    }
    await this.#store.create(signal)
    return await act()
  }
}
