import type { Capabilities } from '../../../model/capabilities.ts'
import { RollcallError } from '../../../model/errors.ts'
import type { InstanceInit } from '../../../model/instance.ts'
import type { Logger } from '../../../model/logger.ts'
import type { InstanceEntry, Reading } from '../../../model/reading.ts'
import type { RawRecord } from '../../../model/record.ts'
import type { Status } from '../../../model/status.ts'
import { option } from '../../../model/wording.ts'
import { CatalogueBackend } from '../../catalogue/backend.ts'
import type { HeartbeatOptions, Catalogue, Life, Occupants, StatusOptions, Stop } from '../../catalogue/catalogue.ts'
import type * as Contract from '../../contract/backend.ts'
import * as liveness from '../../kv/liveness.ts'
import type { HttpApi } from '../api.ts'
import * as records from './record.ts'
import type { AioApiRecord } from './record.ts'
import { registerInstance, removeInstance, renewInstance, takeOffline } from './requests.ts'
import { find, scan } from './scan.ts'

interface AioServer {
  readonly api: HttpApi
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number
  /** Milliseconds without a renewal after which a record has expired. */
  readonly aioTtl: number
}

/** AIO's own interval between two renewals, in milliseconds. */
const INTERVAL = 10_000

/** The API has no revisions, compares nothing and pushes nothing. */
const CAPABILITIES: Capabilities = {
  ttl: false,
  renew: true,
  keepAlive: true,
  lease: false,
  watch: false,
  history: false,
  revision: false,
  rawKeys: false,
  guarded: false,
  offline: true,
  restore: false,
  namespaces: false,
}

/** A server of the AIO registry's API other than `rollcall serve`. The backend owns the connections. */
export function openAio(server: AioServer): Contract.Backend {
  return new CatalogueBackend(new AioCatalogue(server))
}

class AioCatalogue implements Catalogue<AioApiRecord> {
  readonly driver = 'http'
  readonly title = 'AIO'
  readonly capabilities = CAPABILITIES
  readonly atOnce = 16
  readonly batch = 1
  readonly statuses: readonly Status[] = ['up', 'down']
  readonly logger: Logger
  readonly now: () => number
  readonly #api: HttpApi
  readonly #aioTtl: number

  constructor({ api, now, aioTtl }: AioServer) {
    this.logger = api.logger
    this.now = now
    this.#api = api
    this.#aioTtl = aioTtl
  }

  scan(scope: Contract.Scope, options?: Contract.ScanOptions): AsyncIterable<Contract.Page> {
    return scan(this.#api, scope, options)
  }

  read(record: RawRecord, now: number): Reading {
    return records.read(record, { now, aioTtl: this.#aioTtl })
  }

  encode(instance: InstanceInit, { ttl, weight, env }: Contract.WriteOptions): AioApiRecord[] {
    if (ttl !== undefined && ttl !== null) throw noTtl()
    return records.encode(instance, { now: this.now(), weight, env })
  }

  own(record: RawRecord): AioApiRecord | undefined {
    return records.ownRecord(record)
  }

  compare(wanted: AioApiRecord, there: AioApiRecord): 'equal' | 'other' {
    return records.sayTheSame(wanted, there) ? 'equal' : 'other'
  }

  isLive(record: AioApiRecord, now: number): boolean {
    return records.isLive(record, { now, aioTtl: this.#aioTtl })
  }

  life(): Life {
    return { beatEvery: Math.min(INTERVAL, this.#aioTtl / 3), endsAfter: this.#aioTtl }
  }

  async current(wanted: readonly AioApiRecord[], signal?: AbortSignal): Promise<Map<string, AioApiRecord>> {
    const found = await Promise.all(wanted.map((record) => find(this.#api, record, signal)))
    return new Map(found.flatMap((record) => (record ? [[record.id, record]] : [])))
  }

  /** The server writes over the address and env of the wanted record, under an id of its own. */
  async occupants(wanted: readonly AioApiRecord[], { signal }: Stop): Promise<Occupants<AioApiRecord>> {
    const [record] = wanted
    if (!record) return { own: [], rivals: [] }
    const there = await this.#present(record, signal)
    const now = this.now()
    const inPlace = there.filter((each) => records.shareAPlace(each, record))
    const own = inPlace.find((each) => this.isLive(each, now) && records.sayTheSame(each, record)) ?? inPlace[0]
    return { own: [own], rivals: there.filter((each) => each !== own) }
  }

  /** What has the id of a wanted record, or its address and env. */
  async #present(wanted: AioApiRecord, signal: AbortSignal | undefined): Promise<AioApiRecord[]> {
    const present: AioApiRecord[] = []
    for await (const page of scan(this.#api, { services: [wanted.service] }, { signal }))
      present.push(...page.records.filter((each) => each.id === wanted.id || records.shareAPlace(each, wanted)))
    return present
  }

  put(record: AioApiRecord, { signal }: Stop): Promise<AioApiRecord> {
    return registerInstance(this.#api, record, signal)
  }

  /** A record that was never read has no known id: the server would have derived it. */
  async delete(record: AioApiRecord, { signal }: Stop): Promise<'done' | 'absent'> {
    if (record.revision !== undefined) return await removeInstance(this.#api, record, signal)
    const there = await this.#present(record, signal)
    const written = there.find((each) => records.shareAPlace(each, record) && records.sayTheSame(each, record))
    if (!written) return 'absent'
    for (const refusal of (await this.refuseToDelete([written], signal)).values()) throw refusal
    return await removeInstance(this.#api, written, signal)
  }

  async beat(record: AioApiRecord, { look, signal }: HeartbeatOptions): Promise<'ok' | 'lost' | 'changed'> {
    const found = await look()
    if (found === 'changed') return found
    return found === 'unchanged' && (await renewInstance(this.#api, record, signal)) === 'done' ? 'ok' : 'lost'
  }

  setStatus(record: AioApiRecord, { status, signal }: StatusOptions): Promise<'done' | 'absent'> {
    return status === 'up' ? renewInstance(this.#api, record, signal) : takeOffline(this.#api, record, signal)
  }

  /**
   * AIO's own server removes the first instance whose key contains the id, so one whose id is part of the key of another
   * stays.
   */
  async refuseToDelete(wanted: readonly AioApiRecord[], signal?: AbortSignal): Promise<Map<string, RollcallError>> {
    const refused = new Map<string, RollcallError>()
    const known = wanted.filter(({ revision }) => revision !== undefined)
    if (known.length === 0) return refused
    for await (const page of scan(this.#api, {}, { signal }))
      for (const other of page.records)
        for (const { id, body } of known)
          if (other.id !== id && other.id.includes(body.id)) refused.set(id, ambiguous(id, other.id))
    return refused
  }

  clock(): number | undefined {
    return this.#api.serverTime
  }

  whyDead(entry: InstanceEntry, now: number): string | undefined {
    return liveness.whyDead(entry, { now, aioTtl: this.#aioTtl })
  }

  removalEffect(record: RawRecord, reading: Reading): Contract.RemovalEffect {
    return liveness.removalEffect(record, reading)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#api[Symbol.dispose]()
    return Promise.resolve()
  }
}

function ambiguous(id: string, other: string): RollcallError {
  return new RollcallError(
    'refused',
    `${id} cannot be removed over HTTP: its id is part of ${other}, and the server could remove that instead`,
    { hint: 'remove it in the registry behind the server' },
  )
}

function noTtl(): RollcallError {
  return new RollcallError('usage', 'an AIO record has no TTL of its own: its readers decide when it has expired', {
    hint: `leave ${option('ttl')} out; ${option('aioTtl')} says when records that are read count as expired`,
  })
}
