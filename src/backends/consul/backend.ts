import type { InstanceInit } from '../../model/instance.ts'
import type { Logger } from '../../model/logger.ts'
import { RollcallError } from '../../model/errors.ts'
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
  OccupantsOptions,
  PutOptions,
  StatusOptions,
  Stop,
  Visibility,
} from '../catalogue/catalogue.ts'
import type * as Contract from '../contract/backend.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import { connectAgents } from './agents.ts'
import { CatalogQueries } from './catalog-queries.ts'
import { deregisterAfter, ttlOf } from './checks.ts'
import { CAPABILITIES, type ConsulContext } from './context.ts'
import { type AgentService, readEntry } from './entry.ts'
import { removalEffect, whyDead, isInMaintenance, ttlCheck } from './health.ts'
import { areOwned, examine, homeAgent, ownerOf } from './owner.ts'
import { currentRecords, lookAtPlace } from './lookup.ts'
import { type ConsulRecord, ownRecord, read, recordToWrite, registeredRecord, sayTheSame } from './record.ts'
import { deregisterService, passCheck, registerService, removeFromCatalog, setMaintenance } from './requests.ts'
import { scan } from './scan.ts'
import { definitionsOf } from './service-definition.ts'
import { watch } from './watch.ts'

/** Milliseconds between two looks at a registration that is kept without a TTL check. */
const LOOK_EVERY = 10_000

/** Loads the consul package, and sends nothing yet. */
export async function openConsul(target: Target, options: OpenOptions): Promise<Contract.Backend> {
  const catalog = new CatalogQueries(await connectAgents(target), target.url)
  const { requestTimeout: timeout, layout } = target
  return new CatalogueBackend(new ConsulCatalogue({ catalog, layout, timeout }, options))
}

/** The services in Consul's catalogue. It owns the connections to the agents. */
class ConsulCatalogue implements Catalogue<ConsulRecord> {
  readonly driver = 'consul'
  readonly title = 'Consul'
  readonly capabilities = CAPABILITIES
  /** An agent takes 200 connections of a client. */
  readonly atOnce = 16
  /** Reading again costs a whole service. */
  readonly batch = 256
  /** An agent takes a change at once, and writes it to the catalogue a moment later. */
  readonly visible: Visibility
  readonly statuses: readonly Status[] = ['up', 'down', 'maintenance']
  readonly logger: Logger
  readonly now: () => number
  readonly #context: ConsulContext

  constructor(context: ConsulContext, { logger, now }: Pick<OpenOptions, 'logger' | 'now'>) {
    this.#context = context
    this.visible = { within: context.timeout, first: 20, most: 250 }
    this.logger = logger
    this.now = now
  }

  scan(scope: Contract.Scope, options: Contract.ScanOptions = {}): AsyncIterable<Contract.Page> {
    return scan(this.#context, scope, options)
  }

  read(record: RawRecord): Reading {
    return read(record, this.#context.layout)
  }

  encode(instance: InstanceInit, options: Contract.WriteOptions): ConsulRecord[] {
    const { layout } = this.#context
    const definitions = definitionsOf(instance, options, options.layout ?? (layout === 'auto' ? 'kratos' : layout))
    return definitions.map((definition) => recordToWrite(definition, instance.name))
  }

  own(record: RawRecord): ConsulRecord | undefined {
    return ownRecord(record)
  }

  /** `outdated`: the catalogue does not show it yet, or it lacks the TTL check that heartbeats need. */
  compare(wanted: ConsulRecord, there: ConsulRecord): 'equal' | 'outdated' | 'other' {
    if (!sayTheSame(wanted.body, there.body, this.#context.layout)) return 'other'
    const lacksTtl = ttlCheck(readEntry(wanted.body)) !== undefined && !ttlCheck(readEntry(there.body))
    return lacksTtl || there.revision === undefined ? 'outdated' : 'equal'
  }

  isLive(record: ConsulRecord): boolean {
    return whyDead({ records: [record] }) === undefined
  }

  isOut({ body }: ConsulRecord): boolean {
    return isInMaintenance(readEntry(body))
  }

  /** Two heartbeats a TTL, as Kratos sends them. */
  life(_: ConsulRecord, options: Contract.WriteOptions): Life | undefined {
    const ttl = ttlOf(options)
    if (ttl === undefined) return options.keepAlive ? { beatEvery: LOOK_EVERY } : undefined
    const unhealthyAfter = ttl * 1_000
    const endsAfter = unhealthyAfter + deregisterAfter(options.settings ?? {})
    return { beatEvery: unhealthyAfter / 2, unhealthyAfter, endsAfter }
  }

  current(records: readonly ConsulRecord[], signal?: AbortSignal): Promise<Map<string, ConsulRecord>> {
    return currentRecords(this.#context, records, signal)
  }

  /**
   * A living namesake on another node is in the way, and cannot be replaced: while its agent lives, that brings it back. What
   * agrees with the wanted record is not.
   */
  async occupants(
    wanted: readonly ConsulRecord[],
    { replace, signal }: OccupantsOptions,
  ): Promise<Occupants<ConsulRecord>> {
    const home = await homeAgent(this.#context, signal)
    const own: (ConsulRecord | undefined)[] = []
    const rivals: ConsulRecord[] = []
    for (const record of wanted) {
      const { there, elsewhere } = await lookAtPlace(this.#context, record, home, signal)
      own.push(there)
      if (replace) continue
      rivals.push(...elsewhere.filter((other) => this.isLive(other) && this.compare(record, other) === 'other'))
    }
    return { own, rivals }
  }

  /** With the first heartbeat of its TTL check: until then that is critical. */
  async put(record: ConsulRecord, { expect, signal }: PutOptions<ConsulRecord>): Promise<ConsulRecord> {
    const { body } = record
    if ('Service' in body) throw new RollcallError('unsupported', 'Consul cannot restore records')
    const { agents } = this.#context.catalog
    const home = await homeAgent(this.#context, signal)
    // Otherwise checks of the addresses that were there before would go on, and fail.
    const replaceChecks = expect !== undefined && !(this.isLive(expect) && this.compare(record, expect) !== 'other')
    await registerService(agents, home, body, { replaceChecks, signal })
    const check = ttlCheck(readEntry(body))
    if (check) await passCheck(agents, home, check.id, { signal })
    // Whether its other checks pass is not up to who registers, so nothing else is to be waited for where it says the same.
    const isKept = !check && expect !== undefined && this.compare(record, expect) === 'equal'
    const revision = isKept ? expect.revision : undefined
    return registeredRecord(body, home, { service: record.service, revision })
  }

  /**
   * Through its own agent where the URL names that, and it has the record. What another has put under its id there may not be
   * in the catalogue yet.
   */
  async delete({ body }: ConsulRecord, { signal }: Stop): Promise<'done' | 'absent' | 'changed'> {
    const { agents } = this.#context.catalog
    const entry = readEntry(body)
    // Who was to register it did not learn where: that was the agent to register with.
    const isPlaced = entry.node !== ''
    const { datacenter, node, id } = entry
    const owner = await (isPlaced ? agents.of(datacenter, node, signal) : homeAgent(this.#context, signal))
    const held = owner && (await agents.service(owner, id, signal))
    if (held && !this.#isHeldAs(body, held)) return isPlaced ? 'changed' : 'absent'
    if (held && (await deregisterService(agents, owner, id, { signal }))) return 'done'
    if (!isPlaced) return 'absent'
    await removeFromCatalog(agents, entry, { signal })
    return 'done'
  }

  /** Lost: its agent has forgotten it, or another process has put something else under its id. */
  async beat(
    { body }: ConsulRecord,
    { look, signal }: HeartbeatOptions,
  ): Promise<'ok' | 'lost' | 'changed' | 'unneeded'> {
    const { catalog } = this.#context
    const entry = readEntry(body)
    const check = ttlCheck(entry)
    if (!check) return 'unneeded'
    const owner = await ownerOf(this.#context, entry, signal)
    const held = await catalog.agents.service(owner, entry.id, signal)
    if (!held) return 'lost'
    if (!this.#isHeldAs(body, held)) return (await look()) === 'gone' ? 'lost' : 'changed'
    return (await passCheck(catalog.agents, owner, check.id, { signal })) ? 'ok' : 'lost'
  }

  #isHeldAs(body: ConsulRecord['body'], held: AgentService): boolean {
    const there = { Node: 'Node' in body ? body.Node : {}, Service: held }
    return sayTheSame(body, there, this.#context.layout)
  }

  /** Maintenance mode on, with a reason, or off. */
  async setStatus({ body }: ConsulRecord, { status, reason, signal }: StatusOptions): Promise<'done' | 'absent'> {
    const entry = readEntry(body)
    const owner = await ownerOf(this.#context, entry, signal)
    const mode = { enable: status !== 'up', reason, signal }
    return (await setMaintenance(this.#context.catalog.agents, owner, entry.id, mode)) ? 'done' : 'absent'
  }

  /** An agent that cannot reach its servers takes whatever it is given, and nobody else sees it. */
  async late({ body }: ConsulRecord, { change, now }: LateOptions<ConsulRecord>): Promise<boolean> {
    if (change === 'delete' || now) return false
    const message = `consul: its agent has taken "${readEntry(body).id}", but the catalogue does not show it`
    const hint = 'the agent may not reach its servers: consul monitor shows why'
    throw new RollcallError('unreachable', message, { hint })
  }

  changeable(records: readonly RawRecord[], { signal }: Stop = {}): Promise<boolean> {
    return areOwned(this.#context, records, signal)
  }

  examine(records: readonly RawRecord[], { signal }: Stop = {}): Promise<RawRecord[]> {
    return examine(this.#context, records, signal)
  }

  watch(scope: Contract.Scope, options: Contract.WatchOptions): AsyncIterable<Contract.WatchMessage> {
    return watch(this.#context, scope, options)
  }

  whyDead(entry: InstanceEntry): string | undefined {
    return whyDead(entry)
  }

  removalEffect(record: RawRecord): Contract.RemovalEffect {
    return removalEffect(record, this.#context.catalog.agents)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#context.catalog.agents[Symbol.dispose]()
    return Promise.resolve()
  }
}
