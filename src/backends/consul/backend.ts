import type * as Interface from '../contract/backend.ts'
import type { Capabilities } from '../../model/capabilities.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import type { Catalogue } from './catalogue.ts'
import { aftermath, dead } from './death.ts'
import { CAPABILITIES } from './driver.ts'
import { encode } from './encode.ts'
import { examine } from './examine.ts'
import { areOwned } from './own.ts'
import { read } from './read.ts'
import { register } from './register.ts'
import { remove } from './remove.ts'
import { renew } from './renew.ts'
import { scan } from './scan.ts'
import { setStatus } from './status.ts'
import { watch } from './watch.ts'

/** What the parts of the backend share. */
export interface Consul {
  readonly catalogue: Catalogue
  /** How records are told apart when they are read, and what is written where nothing else is asked for. */
  readonly layout: LayoutName | 'auto'
  /** Milliseconds that a request may take. */
  readonly timeout: number
  readonly now: () => number
}

interface Stop {
  readonly signal?: AbortSignal
}

/** The services in Consul's catalogue. */
export class ConsulBackend implements Interface.Backend {
  readonly driver = 'consul'
  readonly #consul: Consul

  constructor(consul: Consul) {
    this.#consul = consul
  }

  capabilities(): Capabilities {
    return CAPABILITIES
  }

  scan(scope: Interface.Scope, options: Interface.ScanOptions = {}): AsyncIterable<Interface.Page> {
    return scan(this.#consul, scope, options)
  }

  read(record: RawRecord): Reading {
    return read(record, this.#consul.layout)
  }

  encode(instance: InstanceInit, options: Interface.WriteOptions): RawRecord[] {
    return encode(this.#consul, instance, options)
  }

  register(instance: InstanceInit, options: Interface.WriteOptions): Promise<Interface.Registration> {
    return register(this.#consul, instance, options)
  }

  remove(records: readonly RawRecord[], { signal }: Stop = {}): AsyncIterable<Outcome> {
    return remove(this.#consul, records, signal)
  }

  renew(records: readonly RawRecord[], { signal }: Stop = {}): Promise<Outcome[]> {
    return renew(this.#consul, records, signal)
  }

  setStatus(
    records: readonly RawRecord[],
    status: Status,
    options: { reason?: string; signal?: AbortSignal } = {},
  ): Promise<Outcome[]> {
    return setStatus(this.#consul, records, status, options)
  }

  changeable(records: readonly RawRecord[], { signal }: Stop = {}): Promise<boolean> {
    return areOwned(this.#consul, records, signal)
  }

  watch(scope: Interface.Scope, options: Interface.WatchOptions): AsyncIterable<Interface.WatchMessage> {
    return watch(this.#consul, scope, options)
  }

  dead(entry: InstanceEntry): string | undefined {
    return dead(entry)
  }

  examine(records: readonly RawRecord[], { signal }: Stop = {}): Promise<RawRecord[]> {
    return examine(this.#consul, records, signal)
  }

  aftermath(record: RawRecord): Interface.Aftermath {
    return aftermath(record, this.#consul.catalogue.agents)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#consul.catalogue.agents[Symbol.dispose]()
  }
}
