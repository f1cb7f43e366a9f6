import type {
  Backend,
  InstanceToRegister,
  Registration,
  RestoreRecord,
  Scope,
  WriteOptions,
} from '../backends/contract/backend.ts'
import type { Driver, Target } from '../backends/contract/driver.ts'
import { drivers } from '../backends/index.ts'
import type { Capabilities } from '../model/capabilities.ts'
import type { WatchEvent } from '../model/change.ts'
import { RollcallError } from '../model/errors.ts'
import type { InstanceInit } from '../model/instance.ts'
import { type Logger, silent } from '../model/logger.ts'
import type { InstanceEntry } from '../model/reading.ts'
import type { LeaseState, Outcome, RawRecord } from '../model/record.ts'
import type { Status } from '../model/status.ts'
import { requireDialable } from './dialable.ts'
import { Entries, type EntryScan, unreadableIn } from './entries.ts'
import { type FindOptions, type InstanceQuery, find, type InstanceRef } from './find.ts'
import { type Ability, unsupported } from '../backends/contract/refusals.ts'
import type { Source } from './source.ts'
import { type KeepAlive, type KeepAliveOptions, keepAlive } from './keep-alive.ts'
import { keepAliveEach } from './keep-alive-each.ts'
import { type Monitor, type MonitorOptions, monitor } from './monitor/monitor.ts'
import { optionsFor } from '../backends/contract/write-options.ts'
import { type RegisteredOne, register, registerEach } from './register.ts'
import { type RenewServiceOptions, type RenewedService, renewService } from './renew-service.ts'
import { traced, tracedEach } from './tracing.ts'
import { type WatchEventsOptions, watch } from './watch/watch.ts'

export type { EntryScan } from './entries.ts'
export type { KeepAlive, KeepAliveEvent, KeepAliveOptions } from './keep-alive.ts'
export type { WatchEventsOptions } from './watch/watch.ts'

export interface ClientOptions {
  /** Aborts opening the registry; each request has a signal of its own. */
  readonly signal?: AbortSignal
  readonly logger?: Logger
  /** Returns the time in milliseconds since 1970; `Date.now` by default. */
  readonly now?: () => number
}

interface Stop {
  readonly signal?: AbortSignal
}

/** The client that every command and every user of the library holds. It owns the backend and closes it when disposed of. */
export class Client implements AsyncDisposable {
  readonly target: Target
  readonly backend: Backend
  readonly capabilities: Capabilities
  readonly #source: Source

  constructor(target: Target, backend: Backend, { logger = silent, now = Date.now }: ClientOptions = {}) {
    this.target = target
    this.backend = backend
    this.capabilities = backend.capabilities(target.layout)
    this.#source = { backend, capabilities: this.capabilities, logger, now, registry: target.display }
  }

  /** Opens the registry of a target. @throws RollcallError the registry's error when it can never be used. */
  static async open(target: Target, options: ClientOptions = {}): Promise<Client> {
    const { signal = new AbortController().signal, logger = silent, now = Date.now } = options
    const backend = await driverOf(target).open(target, { signal, logger, now })
    return new Client(target, backend, options)
  }

  /** Streams the instances of a scope, merged from their records, and its malformed and foreign records. Iterating throws the registry's errors. */
  entries(scope: Scope = {}, options: { detail?: boolean; signal?: AbortSignal } = {}): EntryScan {
    return new Entries(this.#source, scope, options)
  }

  /**
   * Reads a scope and resolves with which part of it the user has no permission to read, as one sentence; undefined when there is none.
   *
   * @throws RollcallError `usage` when there is no such place at all
   */
  unreadable(scope: Scope = {}, { signal }: Stop = {}): Promise<string | undefined> {
    return unreadableIn(this, scope, signal)
  }

  /**
   * Resolves with the instances that match exactly: of a service, of an id, or of both; empty when there are none. Two with the
   * same service and id are stored in two places.
   */
  find(wanted: InstanceQuery | readonly InstanceQuery[], options: FindOptions = {}): Promise<InstanceEntry[]> {
    return find(this.#source, [wanted].flat(), options)
  }

  /**
   * Registers an instance once. A lost connection is retried 5 times, a refusal never.
   *
   * @throws RollcallError `usage` for endpoints that cannot be dialled, `conflict` when the id is taken, `unsupported` for a status
   * that the registry cannot store.
   */
  async register(instance: InstanceInit, options: WriteOptions = {}): Promise<Registration> {
    this.#requireWritable(instance, options)
    const about = { operation: 'register', services: [instance.name] } as const
    return await traced(this.#source, about, () => register(this.#source, instance, options))
  }

  /**
   * Registers many instances, each once, and yields what became of each, in their order, as far as it is known: faster than one after
   * the other where the registry takes many writes at once. An error of one instance is its result; after any other the rest is not attempted.
   *
   * @throws RollcallError `usage` and `unsupported` as `register`, before anything is written
   */
  registerEach(
    instances: readonly InstanceToRegister[],
    options: WriteOptions = {},
  ): AsyncGenerator<readonly RegisteredOne[], void, undefined> {
    for (const one of instances) this.#requireWritable(one.instance, optionsFor(one, options))
    const about = { operation: 'register', records: instances.length } as const
    return tracedEach(this.#source, about, registerEach(this.#source, instances, options))
  }

  /** Registers an instance and keeps it alive until disposed of; see KeepAlive. @throws RollcallError as `register`, and `unsupported` */
  async keepAlive(instance: InstanceInit, options: KeepAliveOptions = {}): Promise<KeepAlive> {
    this.#requireKept(instance, options)
    return await keepAlive(this.#source, instance, options)
  }

  /**
   * Registers many instances and keeps each alive, and yields them in their order, as far as they are registered: together where the registry
   * takes many at once, as `registerEach`. Each is kept until it is disposed of. It ends at the first error: what was yielded is kept on, until
   * its owner disposes of it, and of what comes after the one that failed nothing is left registered. `examples/keep-many-alive.ts` shows it.
   *
   * @throws RollcallError `usage` and `unsupported` before anything is written, and the error of the first that cannot be registered
   */
  keepAliveEach(
    instances: readonly InstanceToRegister[],
    options: KeepAliveOptions = {},
  ): AsyncGenerator<readonly KeepAlive[], void, undefined> {
    for (const one of instances) this.#requireKept(one.instance, optionsFor(one, options))
    const about = { operation: 'register', records: instances.length } as const
    return tracedEach(this.#source, about, keepAliveEach(this.#source, instances, options))
  }

  /** Removes records that have not changed since they were read; yields one outcome per record, in any order. */
  remove(records: readonly RawRecord[], options: Stop = {}): AsyncIterable<Outcome> {
    return tracedEach(
      this.#source,
      { operation: 'remove', records: records.length },
      this.backend.remove(records, options),
    )
  }

  /** Sends one heartbeat for each record; resolves with one outcome per record. @throws RollcallError `unsupported` */
  async renew(records: readonly RawRecord[], options: Stop = {}): Promise<Outcome[]> {
    const outcomes = this.capabilities.renew && this.backend.renew?.(records, options)
    const about = { operation: 'renew', records: records.length } as const
    return outcomes ? await traced(this.#source, about, () => outcomes) : this.#refuse('renew')
  }

  /** Sends heartbeats for an instance that is already registered, until disposed of; see RenewedService. */
  renewService(named: InstanceRef, options: RenewServiceOptions = {}): Promise<RenewedService> {
    return renewService(this.#source, named, { ...options, aioTtl: this.target.aioTtl })
  }

  /** Sends one heartbeat for a lease by its hexadecimal id. @throws RollcallError `not-found`, `unsupported` */
  async renewLease(lease: string, options: Stop = {}): Promise<LeaseState> {
    const state = this.capabilities.lease && this.backend.renewLease?.(lease, options)
    return state ? await traced(this.#source, { operation: 'renew' }, () => state) : this.#refuse('lease')
  }

  /** Whether an instance can be taken out of traffic while its records are kept: all of them hold a status. */
  holdsStatus({ records }: Pick<InstanceEntry, 'records'>): boolean {
    return this.capabilities.offline && records.every((record) => this.backend.holdsStatus?.(record) ?? true)
  }

  /** Takes records out of traffic, or back, and keeps them; resolves with one outcome per record. @throws RollcallError `unsupported` */
  async setStatus(
    records: readonly RawRecord[],
    status: Status,
    options: { reason?: string; signal?: AbortSignal } = {},
  ): Promise<Outcome[]> {
    const outcomes = this.capabilities.offline && this.backend.setStatus?.(records, status, options)
    const about = { operation: 'set-status', records: records.length } as const
    return outcomes ? await traced(this.#source, about, () => outcomes) : this.#refuse('offline')
  }

  /** Puts records back byte for byte where nothing has taken their place; yields one outcome per record. @throws RollcallError `unsupported` */
  restore(records: readonly RestoreRecord[], options: Stop = {}): AsyncIterable<Outcome> {
    const outcomes = this.capabilities.restore && this.backend.restore?.(records, options)
    if (!outcomes) this.#refuse('restore')
    return tracedEach(this.#source, { operation: 'restore', records: records.length }, outcomes)
  }

  /** Yields a snapshot, `synced`, and then every change, until its signal is aborted; with `since`, the changes after that revision and no snapshot. */
  watch(scope: Scope = {}, options: WatchEventsOptions = {}): AsyncIterable<WatchEvent> {
    return watch(this.#source, scope, options)
  }

  /**
   * Marks unrenewed AIO records as down, until disposed of. Of all monitors of this registry one acts at a time.
   *
   * @throws RollcallError `unsupported` where there are no such records, `usage` for an interval longer than the TTL
   */
  monitor(options: MonitorOptions = {}): Monitor {
    if (!this.capabilities.monitor) throw unsupported(this.backend.driver, 'monitor')
    return monitor(this.#source, { ...options, ttl: options.ttl ?? this.target.aioTtl })
  }

  /** @throws RollcallError as `#requireWritable`, and `unsupported` where nothing is kept alive */
  #requireKept(instance: InstanceInit, options: WriteOptions): void {
    const capabilities = this.backend.capabilities(options.layout ?? this.target.layout)
    if (!capabilities.keepAlive) throw unsupported(this.backend.driver, 'keepAlive')
    this.#requireWritable(instance, options)
  }

  /** @throws RollcallError `usage` for endpoints that cannot be dialled; `unsupported` for a status that would be ignored */
  #requireWritable({ endpoints }: InstanceInit, { status = 'up', layout }: WriteOptions): void {
    // An instance that is registered for its name alone leaves them out, as Go has nil.
    if (endpoints) requireDialable(endpoints, { layout: layout ?? this.target.layout, prefix: this.target.prefix })
    if (status !== 'up' && !this.backend.capabilities('auto').monitor) this.#refuse('status')
  }

  #refuse(ability: Ability): never {
    throw unsupported(this.backend.driver, ability)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.backend[Symbol.asyncDispose]()
  }
}

/** @throws RollcallError `usage` for a kind of registry that is not there */
export function driverOf(target: Target): Driver {
  const driver = drivers.find(({ name }) => name === target.driver)
  if (driver) return driver
  throw new RollcallError('usage', `there is no kind of registry called "${target.driver}"`, {
    hint: `there are ${drivers.map(({ name }) => name).join(', ')}`,
  })
}
