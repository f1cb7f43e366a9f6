import type * as Interface from '../contract/backend.ts'
import type { Backend, OpenOptions, Target } from '../contract/backend.ts'
import { readTls } from '../contract/tls.ts'
import { Api } from './api.ts'
import { Nodes } from './nodes.ts'
import { scopedOf } from './target.ts'
import type { Capabilities } from '../../model/capabilities.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { aftermath, dead, read } from './record.ts'
import { CAPABILITIES } from './driver.ts'
import { encode } from './encode.ts'
import type { Nacos } from './context.ts'
import { neighbours } from './namespaces.ts'
import { register } from './register.ts'
import { remove } from './remove.ts'
import { renew } from './renew.ts'
import { restore } from './restore.ts'
import { scan, withHolders } from './scan.ts'
import { setStatus } from './status.ts'

interface Stop {
  readonly signal?: AbortSignal
}

/** Nacos over HTTP. It owns the connections. */
export class NacosBackend implements Interface.Backend {
  readonly driver = 'nacos'
  readonly #nacos: Nacos

  constructor(nacos: Nacos) {
    this.#nacos = nacos
  }

  capabilities(): Capabilities {
    return CAPABILITIES
  }

  scan(scope: Interface.Scope, options?: Interface.ScanOptions): AsyncIterable<Interface.Page> {
    return scan(this.#nacos, scope, options)
  }

  read(record: RawRecord): Reading {
    return read(record, this.#nacos)
  }

  encode(instance: InstanceInit, options: Interface.WriteOptions): RawRecord[] {
    return encode(this.#nacos, instance, options)
  }

  register(instance: InstanceInit, options: Interface.WriteOptions): Promise<Interface.Registration> {
    return register(this.#nacos, instance, options)
  }

  remove(records: readonly RawRecord[], { signal }: Stop = {}): AsyncIterable<Outcome> {
    return remove(this.#nacos, records, signal)
  }

  renew(records: readonly RawRecord[], { signal }: Stop = {}): Promise<Outcome[]> {
    return renew(this.#nacos, records, signal)
  }

  setStatus(records: readonly RawRecord[], status: Status, { signal }: Stop = {}): Promise<Outcome[]> {
    return setStatus(this.#nacos, records, status, signal)
  }

  restore(records: readonly Interface.RestoreRecord[], { signal }: Stop = {}): AsyncIterable<Outcome> {
    return restore(this.#nacos, records, signal)
  }

  dead(entry: InstanceEntry): string | undefined {
    return dead(entry)
  }

  aftermath(record: RawRecord): Interface.Aftermath {
    return aftermath(record)
  }

  examine(records: readonly RawRecord[], { signal }: Stop = {}): Promise<RawRecord[]> {
    return withHolders(this.#nacos, records, signal)
  }

  neighbours({ signal }: Stop = {}): Promise<Interface.Neighbour[]> {
    return neighbours(this.#nacos, signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#nacos.api[Symbol.dispose]()
    return Promise.resolve()
  }
}

/** Milliseconds; a list lags a change by up to one second on a server with nothing else to do. */
const PATIENCE = 3_000

/** Connects at the first call. @throws RollcallError `config` for certificates that cannot be used */
export async function openNacos(target: Target, { logger, now }: OpenOptions): Promise<Backend> {
  const tls = target.tls && (await readTls('nacos', target.tls))
  const scoped = scopedOf(target)
  const api = new Api(new Nodes(target, { contextPath: scoped.contextPath, tls, logger, now }))
  const { allNamespaces = false } = target
  return new NacosBackend({ ...scoped, api, allNamespaces, patience: PATIENCE, logger, warnedOf: new Set(), now })
}
