import type * as Interface from '../../contract/backend.ts'
import * as kv from '../../kv/liveness.ts'
import type { Capabilities } from '../../../model/capabilities.ts'
import type { InstanceInit } from '../../../model/instance.ts'
import type { InstanceEntry, Reading } from '../../../model/reading.ts'
import type { Outcome, RawRecord } from '../../../model/record.ts'
import type { Status } from '../../../model/status.ts'
import { PLAIN_CAPABILITIES } from '../driver.ts'
import { remove, renew, setStatus } from './change.ts'
import { encode, read } from './instance.ts'
import type { Plain } from './plain.ts'
import { register } from './register.ts'
import { scan } from './scan.ts'

interface Stop {
  readonly signal?: AbortSignal
}

/** Any server of the AIO registry's API. It owns the connections. */
export class PlainBackend implements Interface.Backend {
  readonly driver = 'http'
  readonly #plain: Plain

  constructor(plain: Plain) {
    this.#plain = plain
  }

  capabilities(): Capabilities {
    return PLAIN_CAPABILITIES
  }

  scan(scope: Interface.Scope, options?: Interface.ScanOptions): AsyncIterable<Interface.Page> {
    return scan(this.#plain.api, scope, options)
  }

  read(record: RawRecord, now: number): Reading {
    return read(record, { now, aioTtl: this.#plain.aioTtl })
  }

  encode(instance: InstanceInit, options: Interface.EncodeOptions): RawRecord[] {
    return encode(this.#plain, instance, options)
  }

  register(instance: InstanceInit, options: Interface.WriteOptions): Promise<Interface.Registration> {
    return register(this.#plain, instance, options)
  }

  remove(records: readonly RawRecord[], { signal }: Stop = {}): AsyncIterable<Outcome> {
    return remove(this.#plain.api, records, signal)
  }

  renew(records: readonly RawRecord[], { signal }: Stop = {}): Promise<Outcome[]> {
    return renew(this.#plain.api, records, signal)
  }

  setStatus(records: readonly RawRecord[], status: Status, { signal }: Stop = {}): Promise<Outcome[]> {
    return setStatus(this.#plain.api, records, status, signal)
  }

  clock(): number | undefined {
    return this.#plain.api.serverTime
  }

  dead(entry: InstanceEntry, now: number): string | undefined {
    return kv.dead(entry, { now, aioTtl: this.#plain.aioTtl })
  }

  aftermath(record: RawRecord, reading: Reading): Interface.Aftermath {
    return kv.aftermath(record, reading)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#plain.api[Symbol.dispose]()
    return Promise.resolve()
  }
}
