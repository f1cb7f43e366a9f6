import { RollcallError } from '../../model/errors.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { advice } from '../../model/wording.ts'
import { CatalogueBackend } from '../catalogue/backend.ts'
import type {
  HeartbeatOptions,
  Catalogue,
  LateOptions,
  Life,
  Occupants,
  OccupantsOptions,
  PutOptions,
  StatusOptions,
  Stop,
} from '../catalogue/catalogue.ts'
import type { Alternative } from '../contract/alternative.ts'
import type * as Contract from '../contract/backend.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import { readTls } from '../contract/tls.ts'
import { NacosApi } from './api.ts'
import { CAPABILITIES, type NacosContext, placeIn } from './context.ts'
import { encode } from './encode.ts'
import { beatsOf, sayTheSame } from './host.ts'
import { currentRecords, occupantsOf } from './lookup.ts'
import { checkNamespace, alternatives } from './namespaces.ts'
import { Nodes } from './nodes.ts'
import { type NacosRecord, removalEffect, whyDead, ownRecord, read } from './record.ts'
import { scan, withHolders } from './scan.ts'

/** Connects with the first request. @throws RollcallError `config` for certificates that cannot be used */
export async function openNacos(target: Target, { logger, now }: OpenOptions): Promise<Contract.Backend> {
  const tls = target.secure ? await readTls('nacos', target.tls ?? {}) : undefined
  const place = placeIn(target)
  const api = new NacosApi(new Nodes(target, { contextPath: place.contextPath, tls, logger, now }))
  const { allNamespaces = false } = target
  const context = { ...place, api, allNamespaces, logger, warnedOf: new Set<string>() }
  return new CatalogueBackend(new NacosCatalogue(context, now))
}

/** The services of a Nacos. It owns the connections. */
class NacosCatalogue implements Catalogue<NacosRecord> {
  readonly driver = 'nacos'
  readonly title = 'Nacos'
  readonly capabilities = CAPABILITIES
  readonly atOnce = 16
  /** Reading again costs a whole service, and waiting until lists show a change up to a second. */
  readonly batch = 1_024
  /** A node takes a change at once, and lists it up to a second later; a loaded one may need longer. */
  readonly visible = { within: 3_000, first: 20, most: 250 }
  readonly statuses: readonly Status[] = ['up', 'down']
  readonly logger: NacosContext['logger']
  readonly now: () => number
  readonly #context: NacosContext

  constructor(context: NacosContext, now: () => number) {
    this.#context = context
    this.logger = context.logger
    this.now = now
  }

  scan(scope: Contract.Scope, options?: Contract.ScanOptions): AsyncIterable<Contract.Page> {
    return scan(this.#context, scope, options)
  }

  read(record: RawRecord): Reading {
    return read(record, this.#context)
  }

  encode(instance: InstanceInit, options: Contract.WriteOptions): NacosRecord[] {
    return encode(this.#context, instance, options)
  }

  own(record: RawRecord): NacosRecord | undefined {
    return ownRecord(record)
  }

  /** With the weight 0, which takes an instance out of traffic, it need only be written once more. */
  compare(wanted: NacosRecord, there: NacosRecord): 'equal' | 'outdated' | 'other' {
    const [want, now] = [wanted.body.host, there.body.host]
    if (sayTheSame(want, now)) return 'equal'
    return now.weight === 0 && sayTheSame(want, { ...now, weight: want.weight }) ? 'outdated' : 'other'
  }

  /** Its heartbeats come, or the server can connect to it. Out of traffic it holds its place all the same. */
  isLive({ body }: NacosRecord): boolean {
    return body.host.healthy
  }

  /** What an operator can change of it is its weight, and whether it is enabled. */
  isOurs({ body: { host: written } }: NacosRecord, { body: { host: now } }: NacosRecord): boolean {
    return sayTheSame(written, { ...now, weight: written.weight })
  }

  isOut({ body }: NacosRecord): boolean {
    return !body.host.enabled
  }

  life({ body: { host } }: NacosRecord): Life | undefined {
    if (!host.ephemeral) return undefined
    const { every: beatEvery, unhealthyAfter, deletedAfter: endsAfter } = beatsOf(host)
    return { beatEvery, unhealthyAfter, endsAfter }
  }

  current(records: readonly NacosRecord[], signal?: AbortSignal): Promise<Map<string, NacosRecord>> {
    return currentRecords(this.#context, records, signal)
  }

  async occupants(
    wanted: readonly NacosRecord[],
    { instance, signal }: OccupantsOptions,
  ): Promise<Occupants<NacosRecord>> {
    await checkNamespace(this.#context, signal)
    return await occupantsOf(this.#context, wanted, instance, signal)
  }

  /** What an operator has disabled stays so. */
  async put(record: NacosRecord, { expect, signal }: PutOptions<NacosRecord>): Promise<NacosRecord> {
    const { host } = record.body
    const enabled = expect?.body.host.enabled ?? host.enabled
    const written = { ...record, body: { ...record.body, host: { ...host, enabled } } }
    await this.#context.api.register(written, signal)
    return written
  }

  /** The server also says yes to what it then does not do. */
  async delete(record: NacosRecord, { signal }: Stop): Promise<'done'> {
    const { api } = this.#context
    const holder = record.body.host.ephemeral ? await api.holder(record, signal) : undefined
    if (holder) throw heldOverGrpc(`the gRPC client ${holder} holds ${record.id}`)
    await api.deregister(record, signal)
    return 'done'
  }

  /** The server's answer says whether it knows the instance. It knows none that a gRPC client holds. */
  async beat(record: NacosRecord, { look, signal }: HeartbeatOptions): Promise<'ok' | 'lost' | 'unneeded'> {
    const { api } = this.#context
    if (!record.body.host.ephemeral) return 'unneeded'
    if (await api.beat(record, signal)) return 'ok'
    const holder = await api.holder(record, signal)
    // Where the server does not list who holds it, what is still there is held over gRPC.
    const isLost = holder === undefined ? (await look()) === 'gone' : holder === null
    return isLost ? 'lost' : 'unneeded'
  }

  async setStatus(record: NacosRecord, { status, signal }: StatusOptions): Promise<'done'> {
    const { id, body } = record
    const enabled = status === 'up'
    if (enabled && body.host.weight === 0)
      throw new RollcallError('unsupported', `${id} has the weight 0: enabled it would still get no traffic`, {
        hint: 'register it with a weight',
      })
    if (body.host.enabled !== enabled) await this.#context.api.update(record, { enabled }, signal)
    return 'done'
  }

  /** What an operator has set at an address outlives the instance there for a minute, and hides what is registered: it is set anew. */
  async late(record: NacosRecord, { change, now, signal }: LateOptions<NacosRecord>): Promise<boolean> {
    if (change === 'delete')
      throw heldOverGrpc(`${record.id} is still there: a gRPC client holds it, or its owner was faster`)
    if (!now) return false
    await this.#context.api.update(record, {}, signal)
    return true
  }

  whyDead(entry: InstanceEntry): string | undefined {
    return whyDead(entry)
  }

  examine(records: readonly RawRecord[], { signal }: Stop = {}): Promise<RawRecord[]> {
    return withHolders(this.#context, records, signal)
  }

  removalEffect(record: RawRecord): Contract.RemovalEffect {
    return removalEffect(record)
  }

  alternatives({ signal }: Stop = {}): Promise<Alternative[]> {
    return alternatives(this.#context, signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#context.api[Symbol.dispose]()
    return Promise.resolve()
  }
}

function heldOverGrpc(fact: string): RollcallError {
  return new RollcallError('unsupported', `${fact}, and over HTTP Nacos does not remove that`, {
    hint: `take it out of traffic with ${advice('setOffline')}, or end its process`,
  })
}
