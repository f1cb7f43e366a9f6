import type * as Interface from '../contract/backend.ts'
import type { Capabilities } from '../../model/capabilities.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { aftermath, dead, read } from './record.ts'
import { CAPABILITIES } from './driver.ts'
import { encode } from './encode.ts'
import { checkPlace, neighbours } from './namespaces.ts'
import type { Polaris } from './api.ts'
import { register } from './register.ts'
import { remove } from './remove.ts'
import { renew } from './renew.ts'
import { restore } from './restore.ts'
import { scan } from './scan.ts'
import { setStatus } from './status.ts'

interface Stop {
  readonly signal?: AbortSignal
}

/** The namespaces of a Polaris. It owns the connections. */
export class PolarisBackend implements Interface.Backend {
  readonly driver = 'polaris'
  readonly offlineLimit =
    "Polaris' own clients leave it out; Kratos' readers look only at its health, and still call it"
  readonly #polaris: Polaris

  constructor(polaris: Polaris) {
    this.#polaris = polaris
  }

  capabilities(): Capabilities {
    return CAPABILITIES
  }

  scan(scope: Interface.Scope, options?: Interface.ScanOptions): AsyncIterable<Interface.Page> {
    return scan(this.#polaris, scope, options)
  }

  read(record: RawRecord): Reading {
    return read(record)
  }

  encode(instance: InstanceInit, options: Interface.WriteOptions): RawRecord[] {
    return encode(this.#polaris, instance, options)
  }

  register(instance: InstanceInit, options: Interface.WriteOptions): Promise<Interface.Registration> {
    return register(this.#polaris, instance, options)
  }

  remove(records: readonly RawRecord[], { signal }: Stop = {}): AsyncIterable<Outcome> {
    return remove(this.#polaris, records, signal)
  }

  renew(records: readonly RawRecord[], { signal }: Stop = {}): Promise<Outcome[]> {
    return renew(this.#polaris, records, signal)
  }

  setStatus(records: readonly RawRecord[], status: Status, { signal }: Stop = {}): Promise<Outcome[]> {
    return setStatus(this.#polaris, records, status, signal)
  }

  restore(records: readonly Interface.RestoreRecord[], { signal }: Stop = {}): AsyncIterable<Outcome> {
    return restore(this.#polaris, records, signal)
  }

  clock(): number | undefined {
    return this.#polaris.api.serverTime
  }

  dead(entry: InstanceEntry, now: number): string | undefined {
    return dead(entry, now)
  }

  aftermath(_: RawRecord, reading: Reading): Interface.Aftermath {
    return aftermath(reading)
  }

  checkPlace({ signal }: Stop = {}): Promise<void> {
    return checkPlace(this.#polaris, signal)
  }

  neighbours({ signal }: Stop = {}): Promise<Interface.Neighbour[]> {
    return neighbours(this.#polaris, signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#polaris.api[Symbol.dispose]()
    return Promise.resolve()
  }
}
