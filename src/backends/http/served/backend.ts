import type * as Contract from '../../contract/backend.ts'
import type { JournalQuery } from '../../contract/journal.ts'
import type { Capabilities } from '../../../model/capabilities.ts'
import type { InstanceInit } from '../../../model/instance.ts'
import type { InstanceEntry, Reading } from '../../../model/reading.ts'
import type { Outcome, RawRecord } from '../../../model/record.ts'
import type { Status } from '../../../model/status.ts'
import { type ServedChange, change, remove } from './change.ts'
import type { Served } from './description.ts'
import { removalEffect, whyDead, encode, holdsStatus, read } from './record.ts'
import { register } from './registration.ts'
import { journal } from './journal.ts'
import { scan } from './scan.ts'
import { watch } from './watch.ts'

interface Stop {
  readonly signal?: AbortSignal
}

/** The registry behind a `rollcall serve`. The backend owns the connections. */
export class ServedBackend implements Contract.Backend {
  readonly driver = 'http'
  readonly offlineLimit?: string
  readonly #served: Served

  constructor(served: Served) {
    this.#served = served
    const { offlineLimit } = served.description
    if (offlineLimit !== undefined) this.offlineLimit = offlineLimit
  }

  capabilities(): Capabilities {
    return this.#served.description.capabilities
  }

  scan(scope: Contract.Scope, options: Contract.ScanOptions = {}): AsyncIterable<Contract.Page> {
    return scan(this.#served.api, scope, options)
  }

  read(record: RawRecord, now: number): Reading {
    return read(record, now, this.#served.aioTtl)
  }

  encode(instance: InstanceInit, options: Contract.EncodeOptions): RawRecord[] {
    return encode(this.#served, instance, options)
  }

  register(instance: InstanceInit, options: Contract.WriteOptions): Promise<Contract.Registration> {
    return register(this.#served, instance, options)
  }

  remove(records: readonly RawRecord[], { signal }: Stop = {}): AsyncIterable<Outcome> {
    return remove(this.#served.api, records, signal)
  }

  renew(records: readonly RawRecord[], { signal }: Stop = {}): Promise<Outcome[]> {
    return this.#change(records, { kind: 'renew', signal })
  }

  setStatus(
    records: readonly RawRecord[],
    status: Status,
    { reason, signal }: Stop & { reason?: string } = {},
  ): Promise<Outcome[]> {
    return this.#change(records, { kind: 'status', status, signal, ...(reason !== undefined && { reason }) })
  }

  holdsStatus(record: RawRecord): boolean {
    return holdsStatus(this.#served, record)
  }

  watch(scope: Contract.Scope, options: Contract.WatchOptions): AsyncIterable<Contract.WatchMessage> {
    return watch(this.#served.api, scope, options)
  }

  journal(query: JournalQuery): AsyncIterable<object> {
    return journal(this.#served.api, query)
  }

  clock(): number | undefined {
    return this.#served.api.serverTime
  }

  whyDead(entry: InstanceEntry, now: number): string | undefined {
    return whyDead(entry, { now, aioTtl: this.#served.aioTtl })
  }

  removalEffect(record: RawRecord, reading: Reading): Contract.RemovalEffect {
    return removalEffect(record, reading)
  }

  async #change(records: readonly RawRecord[], how: ServedChange): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    for await (const outcome of change(this.#served.api, records, how)) outcomes.push(outcome)
    return outcomes
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#served.api[Symbol.dispose]()
    return Promise.resolve()
  }
}
