import type { Capabilities } from '../../model/capabilities.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { CatalogueBackend } from '../catalogue/backend.ts'
import type {
  HeartbeatOptions,
  Catalogue,
  LateOptions,
  Life,
  Occupants,
  PutOptions,
  StatusOptions,
  Stop,
} from '../catalogue/catalogue.ts'
import type { Alternative } from '../contract/alternative.ts'
import type * as Contract from '../contract/backend.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import { readTls } from '../contract/tls.ts'
import { PolarisApi, type PolarisContext } from './api.ts'
import { encode } from './encode.ts'
import { sayTheSame } from './instance.ts'
import { detectLayout } from './layout.ts'
import { checkPlace, alternatives } from './namespaces.ts'
import { type PolarisRecord, removalEffect, whyDead, ownRecord, placeOf, read, recordOf } from './record.ts'
import { deregisterInstance, heartbeat, isolate, registerInstance } from './requests.ts'
import { scan } from './scan.ts'
import { readGroup } from './service-group.ts'

/** TTLs without a heartbeat after which Polaris calls an instance unhealthy. It never removes one by itself. */
const TTLS = 3
const BEATS_A_TTL = 2

/** Connects with the first request. */
export async function openPolaris(
  target: Target,
  { logger, now }: OpenOptions,
  capabilities: Capabilities,
): Promise<Contract.Backend> {
  const tls = target.secure ? await readTls('polaris', target.tls ?? {}) : undefined
  const { allNamespaces, namespace = '', layout } = target
  const api = new PolarisApi(target, tls, logger)
  const context = { api, namespace: allNamespaces ? '' : namespace, layout, now, logger }
  return new CatalogueBackend(new PolarisCatalogue(context, capabilities))
}

/** The namespaces of a Polaris. It owns the connections. */
class PolarisCatalogue implements Catalogue<PolarisRecord> {
  readonly driver = 'polaris'
  readonly title = 'Polaris'
  readonly capabilities: Capabilities
  /** Polaris writes what comes within 32 ms together. */
  readonly atOnce = 64
  /** Reading again costs a whole service, and waiting until reads show a change a second. */
  readonly batch = 1_024
  /** Reads come from a cache that is refreshed every second; a loaded Polaris may need longer. */
  readonly visible = { within: 5_000, first: 200, most: 200 }
  readonly statuses: readonly Status[] = ['up', 'down']
  readonly offlineLimit =
    "Polaris' own clients leave it out; Kratos' readers look only at its health, and still call it"
  readonly logger: PolarisContext['logger']
  readonly now: () => number
  readonly #context: PolarisContext

  constructor(context: PolarisContext, capabilities: Capabilities) {
    this.#context = context
    this.capabilities = capabilities
    this.logger = context.logger
    this.now = context.now
  }

  scan(scope: Contract.Scope, options?: Contract.ScanOptions): AsyncIterable<Contract.Page> {
    return scan(this.#context, scope, options)
  }

  read(record: RawRecord): Reading {
    return read(record)
  }

  encode(instance: InstanceInit, options: Contract.WriteOptions): PolarisRecord[] {
    return encode(this.#context, instance, options)
  }

  own(record: RawRecord): PolarisRecord | undefined {
    return ownRecord(record)
  }

  compare({ body: wanted }: PolarisRecord, { body: there }: PolarisRecord): 'equal' | 'outdated' | 'other' {
    if (sayTheSame(wanted.instance, there.instance)) return 'equal'
    const { ttl } = wanted.instance
    return sayTheSame(wanted.instance, { ...there.instance, ttl }) ? 'outdated' : 'other'
  }

  /** Somebody's heartbeats hold its place. */
  isLive({ body }: PolarisRecord): boolean {
    return body.instance.healthy
  }

  isOut({ body }: PolarisRecord): boolean {
    return body.instance.isolate
  }

  /** An instance without heartbeats is kept for ever. */
  life({ body: { instance } }: PolarisRecord): Life | undefined {
    if (instance.ttl === undefined) return undefined
    const ttl = instance.ttl * 1_000
    return { beatEvery: ttl / BEATS_A_TTL, unhealthyAfter: TTLS * ttl, endsAfter: TTLS * ttl }
  }

  async current(records: readonly PolarisRecord[], signal?: AbortSignal): Promise<Map<string, PolarisRecord>> {
    const places = new Map(records.map(({ id }) => [id.slice(0, id.lastIndexOf('/')), placeOf(id)]))
    const services = [...places.values()].filter((place) => place !== undefined)
    // Whatever is asked for by its id is meant, in whichever layout it is written.
    const found = await readGroup({ ...this.#context, layout: 'auto' }, services, signal)
    return new Map(found.map((record) => [record.id, record]))
  }

  /** Whatever has the same mark, and whatever the wanted addresses are held by, be it known by another name. */
  async occupants(wanted: readonly PolarisRecord[], { signal }: Stop): Promise<Occupants<PolarisRecord>> {
    const [first] = wanted
    if (!first) return { own: [], rivals: [] }
    const { instance } = first.body
    const { layout, mark, name } = detectLayout(instance)
    const there = new Map<string, PolarisRecord>()
    const context = { ...this.#context, namespace: instance.namespace, layout: 'auto' } as const
    const services = [...new Set([name, ...wanted.map(({ body }) => body.instance.service)])]
    for await (const { records } of scan(context, { services }, { signal }))
      for (const record of records.flatMap((each) => ownRecord(each) ?? [])) there.set(record.id, record)
    const ids = new Set(wanted.map(({ id }) => id))
    const rivals = [...there.values()].filter(({ id, body }) => {
      const detected = detectLayout(body.instance)
      return !ids.has(id) && detected.layout === layout && detected.name === name && detected.mark === mark
    })
    return { own: wanted.map(({ id }) => there.get(id)), rivals }
  }

  /** Under the id that is there, so that none is there twice; what only its TTL has changed of keeps all that it was registered with. */
  async put(record: PolarisRecord, { expect, restored, signal }: PutOptions<PolarisRecord>): Promise<undefined> {
    const { api } = this.#context
    const { instance, shared } = record.body
    if (restored) {
      const { healthy, isolate: isIsolated } = instance
      await registerInstance(api, record, signal, { healthy, isolate: isIsolated })
      return
    }
    const { id, more } = expect?.body.instance ?? {}
    const isSame = expect !== undefined && this.isLive(expect) && this.compare(record, expect) !== 'other'
    const placed = { ...instance, ...(id !== undefined && { id }), ...(isSame && more ? { more } : {}) }
    await registerInstance(api, recordOf(placed, shared), signal)
  }

  async delete(record: PolarisRecord, { signal }: Stop): Promise<'done'> {
    await deregisterInstance(this.#context.api, record, signal)
    return 'done'
  }

  async beat(record: PolarisRecord, { look, signal }: HeartbeatOptions): Promise<'ok' | 'lost' | 'unneeded'> {
    if ((await look()) === 'gone') return 'lost'
    if (record.body.instance.ttl === undefined) return 'unneeded'
    await heartbeat(this.#context.api, record, signal)
    return 'ok'
  }

  async setStatus(record: PolarisRecord, { status, signal }: StatusOptions): Promise<'done' | 'absent'> {
    return await isolate(this.#context.api, record, status === 'down', signal)
  }

  /**
   * The cache of a Polaris with a file store reads what was modified in the last seconds, and a removal there modifies
   * nothing: what is older is shown until the server restarts. So it is written once more, and removed at once. It is the
   * same record that is shown, by its revision: what its owner registered since then has another. What was written goes
   * again, whatever the caller's signal says by then.
   */
  async late(record: PolarisRecord, { change, signal }: LateOptions<PolarisRecord>): Promise<boolean> {
    if (change === 'put') return false
    this.logger.debug(`polaris: ${record.id} is still shown: removing it once more`)
    signal?.throwIfAborted()
    await registerInstance(this.#context.api, record, undefined)
    await deregisterInstance(this.#context.api, record, undefined)
    return true
  }

  clock(): number | undefined {
    return this.#context.api.serverTime
  }

  whyDead(entry: InstanceEntry, now: number): string | undefined {
    return whyDead(entry, now)
  }

  removalEffect(_: RawRecord, reading: Reading): Contract.RemovalEffect {
    return removalEffect(reading)
  }

  checkPlace({ signal }: Stop = {}): Promise<void> {
    return checkPlace(this.#context, signal)
  }

  alternatives({ signal }: Stop = {}): Promise<Alternative[]> {
    return alternatives(this.#context, signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#context.api[Symbol.dispose]()
    return Promise.resolve()
  }
}
