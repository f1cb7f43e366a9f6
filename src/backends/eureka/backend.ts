import type { Capabilities } from '../../model/capabilities.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceInit } from '../../model/instance.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { CatalogueBackend } from '../catalogue/backend.ts'
import type {
  Catalogue,
  HeartbeatOptions,
  Life,
  Occupants,
  OccupantsOptions,
  PutOptions,
  StatusOptions,
  Stop,
} from '../catalogue/catalogue.ts'
import type * as Contract from '../contract/backend.ts'
import type { OpenOptions, Target } from '../contract/driver.ts'
import { readTls } from '../contract/tls.ts'
import { EurekaApi, type EurekaContext, type InstanceAddress } from './api.ts'
import { encode, haveTheSameLease, sayTheSame } from './encode.ts'
import { idIn, leaseIn, numberIn, textIn } from './instance.ts'
import { currentRecords, occupantsOf, recordAt } from './lookup.ts'
import { Peers } from './peers.ts'
import { removalEffect, read } from './reading.ts'
import { type EurekaRecord, overriddenIn, ownRecord } from './record.ts'
import { remarks } from './remarks.ts'
import { scan } from './scan.ts'
import { watch } from './watch.ts'

/** Connects with the first request. @throws RollcallError `config` for certificates that cannot be used */
export async function openEureka(
  target: Target,
  { logger, now }: OpenOptions,
  capabilities: Capabilities,
): Promise<Contract.Backend> {
  const tls = target.secure ? await readTls('eureka', target.tls ?? {}) : undefined
  const api = new EurekaApi(new Peers(target, tls, logger))
  return new CatalogueBackend(new EurekaCatalogue({ api, logger, now, kept: new Set() }, capabilities))
}

/** The applications of a Eureka. It owns the connections. */
class EurekaCatalogue implements Catalogue<EurekaRecord> {
  readonly driver = 'eureka'
  readonly title = 'Eureka'
  readonly capabilities: Capabilities
  readonly atOnce = 16
  /** Each record is read right before it is changed. */
  readonly batch = 1
  readonly statuses: readonly Status[] = ['up', 'down', 'maintenance']
  readonly offlineLimit = "Eureka's clients see it after a minute at most: the server and they keep lists for so long"
  readonly logger: EurekaContext['logger']
  readonly now: () => number
  readonly #context: EurekaContext

  constructor(context: EurekaContext, capabilities: Capabilities) {
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

  encode(instance: InstanceInit, options: Contract.WriteOptions): EurekaRecord[] {
    return encode(instance, options)
  }

  own(record: RawRecord): EurekaRecord | undefined {
    return ownRecord(record)
  }

  compare({ body: wanted }: EurekaRecord, { body: there }: EurekaRecord): 'equal' | 'outdated' | 'other' {
    if (!sayTheSame(wanted, there)) return 'other'
    return haveTheSameLease(wanted, there) ? 'equal' : 'outdated'
  }

  /** Its heartbeats come, whatever its status is. */
  isLive({ beside }: EurekaRecord): boolean {
    return beside === undefined
  }

  life({ body }: EurekaRecord): Life {
    const { renewalInterval, duration } = leaseIn(body)
    const ends = duration * 1_000
    return { beatEvery: Math.min(renewalInterval * 1_000, ends / 2), unhealthyAfter: ends, endsAfter: ends }
  }

  current(records: readonly EurekaRecord[], signal?: AbortSignal): Promise<Map<string, EurekaRecord>> {
    return currentRecords(this.#context, records, signal)
  }

  occupants(wanted: readonly EurekaRecord[], { signal }: OccupantsOptions): Promise<Occupants<EurekaRecord>> {
    return occupantsOf(this.#context, wanted, signal)
  }

  /** Eureka keeps whichever is newer by its own account, so what is written is newer than what is there, whatever the clocks. */
  async put(
    record: EurekaRecord,
    { expect, restored, signal }: PutOptions<EurekaRecord>,
  ): Promise<EurekaRecord | undefined> {
    const { api } = this.#context
    const address = addressOf(record)
    if (restored) {
      await api.register(address, record.body, signal)
      return undefined
    }
    const before = expect === undefined ? 0 : (numberIn(expect.body, 'lastDirtyTimestamp') ?? 0)
    const lastDirtyTimestamp = String(Math.max(Math.floor(this.now()), before + 1))
    await api.register(address, { ...record.body, lastDirtyTimestamp }, signal)
    return await recordAt(this.#context, { ...address, service: record.service }, signal)
  }

  async delete(record: EurekaRecord, { signal }: Stop): Promise<'done' | 'absent'> {
    return (await this.#context.api.cancel(addressOf(record), signal)) ? 'done' : 'absent'
  }

  /** Eureka takes heartbeats for whatever lies under that id, so it is looked at first. */
  async beat(record: EurekaRecord, { look, signal }: HeartbeatOptions): Promise<'ok' | 'lost' | 'changed'> {
    const found = await look()
    if (found !== 'unchanged') return found === 'gone' ? 'lost' : 'changed'
    return (await this.#context.api.beat(addressOf(record), signal)) ? 'ok' : 'lost'
  }

  async setStatus(record: EurekaRecord, { status, signal }: StatusOptions): Promise<'done' | 'absent'> {
    const { api } = this.#context
    const address = addressOf(record)
    if (status !== 'up') return (await api.override(address, signal)) ? 'done' : 'absent'
    const own = textIn(record.body, 'status')
    if (overriddenIn(record.body) !== 'UNKNOWN') return (await api.endOverride(address, signal)) ? 'done' : 'absent'
    if (own === 'UP') return 'done'
    throw new RollcallError(
      'unsupported',
      `${record.id} is ${own} by its own report, and no override is there to end`,
      {
        hint: 'its process says when it is UP',
      },
    )
  }

  watch(scope: Contract.Scope, options: Contract.WatchOptions): AsyncIterable<Contract.WatchMessage> {
    return watch(this.#context, scope, options)
  }

  clock(): number | undefined {
    return this.#context.api.serverTime
  }

  /** Eureka evicts what it counts as dead, and what it keeps it does not. */
  whyDead(): undefined {
    return undefined
  }

  removalEffect(_: RawRecord, reading: Reading): Contract.RemovalEffect {
    return removalEffect(reading)
  }

  remarks({ signal }: Stop = {}): Promise<string[]> {
    return remarks(this.#context, signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#context.api[Symbol.dispose]()
    return Promise.resolve()
  }
}

function addressOf({ body }: EurekaRecord): InstanceAddress {
  return { app: textIn(body, 'app'), id: idIn(body) }
}
