import type { Alternative } from '../contract/alternative.ts'
import type * as Interface from '../contract/backend.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import type { LeaseState, Outcome, RawRecord } from '../../model/record.ts'
import type { RollcallError } from '../../model/errors.ts'
import { leaseStates, renewLease } from './leases.ts'
import { beatEach } from './beat-each.ts'
import { read } from './record.ts'
import { remove, renew } from './changes.ts'
import { holdsStatus, setStatus } from './status.ts'
import type { Capabilities } from '../../model/capabilities.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { Status } from '../../model/status.ts'
import { electLeader } from './leader-election.ts'
import { kvCapabilities } from './capabilities.ts'
import { removalEffect, whyDead } from './liveness.ts'
import { encode, register } from './register.ts'
import { registerNew } from './register-new.ts'
import { kvContextOf, type KvContext } from './context.ts'
import { alternatives } from './alternatives.ts'
import { restore } from './restore.ts'
import { scan } from './scan.ts'
import type { Store } from './store.ts'
import { watch } from './watch.ts'

interface Stop {
  readonly signal?: AbortSignal
}

/**
 * A registry in a key-value store whose leases are sessions, which only their own process can renew. Works with every layout.
 * Disposing closes the store.
 */
export class SessionKvBackend implements Interface.Backend {
  readonly driver: string
  protected readonly kv: KvContext

  constructor(store: Store, target: Target, options: OpenOptions) {
    this.driver = store.driver
    this.kv = kvContextOf(store, target, options)
  }

  capabilities(layout: LayoutName | 'auto'): Capabilities {
    return kvCapabilities(layout, this.kv.store)
  }

  scan(scope: Interface.Scope, options?: Interface.ScanOptions): AsyncIterable<Interface.Page> {
    return scan(this.kv, scope, options)
  }

  read(record: RawRecord, now: number): Reading {
    return read(this.kv, record, now)
  }

  encode(instance: InstanceInit, options: Interface.WriteOptions): RawRecord[] {
    return encode(this.kv, instance, options)
  }

  register(instance: InstanceInit, options: Interface.WriteOptions): Promise<Interface.Registration> {
    return register(this.kv, instance, options)
  }

  registerNew(
    instances: readonly Interface.InstanceToRegister[],
    options: Interface.WriteOptions,
  ): Promise<(Interface.Registration | RollcallError | undefined)[]> {
    return registerNew(this.kv, instances, options)
  }

  remove(records: readonly RawRecord[], { signal }: Stop = {}): AsyncIterable<Outcome> {
    return remove(this.kv, records, signal)
  }

  renew(records: readonly RawRecord[], { signal }: Stop = {}): Promise<Outcome[]> {
    return renew(this.kv, records, signal)
  }

  setStatus(records: readonly RawRecord[], status: Status, { signal }: Stop = {}): Promise<Outcome[]> {
    return setStatus(this.kv, records, status, signal)
  }

  holdsStatus(record: RawRecord): boolean {
    return holdsStatus(this.kv, record)
  }

  electLeader(options: Interface.ElectionOptions): Promise<Interface.Leadership> {
    return electLeader(this.kv, options)
  }

  restore(records: readonly Interface.RestoreRecord[], { signal }: Stop = {}): AsyncIterable<Outcome> {
    return restore(this.kv.store, records, signal)
  }

  watch(scope: Interface.Scope, options: Interface.WatchOptions): AsyncIterable<Interface.WatchMessage> {
    return watch(this.kv, scope, options)
  }

  whyDead(entry: InstanceEntry, now: number): string | undefined {
    return whyDead(entry, { now, aioTtl: this.kv.aioTtl })
  }

  removalEffect(record: RawRecord, reading: Reading): Interface.RemovalEffect {
    return removalEffect(record, reading)
  }

  alternatives({ signal }: Stop = {}): Promise<Alternative[]> {
    return alternatives(this.kv, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kv.store[Symbol.asyncDispose]()
  }
}

/** A registry in a key-value store with leases. Works with every layout. Disposing closes the store. */
export class KvBackend extends SessionKvBackend {
  readonly beatEach: Interface.Backend['beatEach']

  constructor(store: Store, target: Target, options: OpenOptions) {
    super(store, target, options)
    const { kv } = this
    this.beatEach = kv.store.keepHoldingEach && ((registrations, results) => beatEach(kv, registrations, results))
  }

  renewLease(lease: string, { signal }: Stop = {}): Promise<LeaseState> {
    return renewLease(this.kv, lease, signal)
  }

  leases(leases: readonly string[], options: { keys?: boolean } & Stop = {}): Promise<Map<string, LeaseState>> {
    return leaseStates(this.kv.store, leases, options)
  }
}
