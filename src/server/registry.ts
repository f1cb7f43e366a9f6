import type { Registration, Scope, ScanOptions, WriteOptions } from '../backends/contract/backend.ts'
import type { Client } from '../client/client.ts'
import { RollcallError } from '../model/errors.ts'
import type { InstanceInit } from '../model/instance.ts'
import type { InstanceEntry } from '../model/reading.ts'
import type { Outcome, RawRecord } from '../model/record.ts'
import type { Status } from '../model/status.ts'
import { FAILURE } from './answer.ts'
import { type Identity, isForAll, maySee } from './authenticate.ts'
import type { InstanceTable } from './instance-table.ts'
import type { Live } from './live.ts'
import { RefusedRequest } from './refusal.ts'

/**
 * The registry as one token may read and change it. Every route reads and writes through here, so that what a token is for is
 * held in one place: by the service under which a record is stored, never by what a request claims. Reads are answered
 * from this server's copy while it has one, otherwise, or on request, from the registry itself.
 */
export class ScopedRegistry {
  readonly client: Client
  readonly live: Live
  readonly identity: Identity

  constructor(client: Client, live: Live, identity: Identity) {
    this.client = client
    this.live = live
    this.identity = identity
  }

  /** Whether reads may be answered from this server's copy. */
  get isWatched(): boolean {
    return this.live.synced && this.client.capabilities.watch
  }

  maySee(service: string): boolean {
    return maySee(this.identity, service)
  }

  /** @throws RefusedRequest `forbidden` for a service outside of what the token is for */
  require(service: string): void {
    if (!this.maySee(service)) throw this.#notFor(`the service "${service}"`)
  }

  /** @throws RefusedRequest `forbidden` for a record that is stored under another service, whatever the request claims */
  requireOwn(records: readonly RawRecord[]): void {
    const other = records.find(({ service }) => !this.maySee(service))
    if (other) throw this.#notFor(`the service of the record "${other.id}"`)
  }

  /** @throws RefusedRequest `forbidden` where only a token for all services may ask */
  requireAllServices(what: string): void {
    if (!isForAll(this.identity))
      throw new RefusedRequest(FAILURE.forbidden, `${what} of all services, but this token is limited to some`)
  }

  async services(consistent: boolean): Promise<string[]> {
    if (this.#mayUseCopy(consistent)) return this.live.table.services().filter((service) => this.maySee(service))
    const names = new Set<string>()
    for (const entry of await this.#read({})) names.add(entry.service)
    return [...names].toSorted()
  }

  /**
   * At once where this server's copy answers: then the same list until the service changes.
   *
   * @throws RefusedRequest `forbidden`
   */
  instances(service: string, consistent: boolean): readonly InstanceEntry[] | Promise<readonly InstanceEntry[]> {
    this.require(service)
    return this.#mayUseCopy(consistent) ? this.live.table.of(service) : this.#read({ services: [service] })
  }

  async all(consistent: boolean): Promise<readonly InstanceEntry[]> {
    if (!this.#mayUseCopy(consistent)) return await this.#read({})
    return [...this.live.table.all()].filter(({ service }) => this.maySee(service))
  }

  /**
   * The one instance of exactly that id, among the services that the token is for.
   *
   * @throws RefusedRequest `notFound`; `conflict` where several have it; `forbidden` where only other services do.
   */
  async one(id: string, consistent: boolean): Promise<InstanceEntry> {
    const found = this.#mayUseCopy(consistent) ? this.live.table.withId(id) : await this.client.find({ id })
    const own = found.filter(({ service }) => this.maySee(service))
    const [entry, ...others] = own
    if (!entry) throw found.length > 0 ? this.#notFor(`the service of "${id}"`) : notFound()
    if (others.length === 0) return entry
    const names = own.map(({ service }) => service).join(', ')
    throw new RefusedRequest(FAILURE.conflict, `the id "${id}" is found under several services or places: ${names}`)
  }

  /** The instance as the registry has it now; undefined where it is gone. Asks for its own records only, where it can. */
  async again(entry: InstanceEntry): Promise<InstanceEntry | undefined> {
    const [record, ...more] = entry.records
    if (!record || more.length > 0 || !this.client.capabilities.rawKeys) {
      const { service, instance } = entry
      return (await this.client.find({ service, id: instance.id }))[0]
    }
    for await (const found of this.client.entries({ rawKey: record.id })) if (found.is === 'instance') return found
    return undefined
  }

  /** Pages of raw records, and what of the registry this token leaves out. */
  async *scan(scope: Scope, options: ScanOptions) {
    const limit = scope.services || isForAll(this.identity) ? undefined : this.#limit()
    for await (const { records, revision, unreadable = limit } of this.client.backend.scan(scope, options))
      yield { records: records.filter(({ service }) => this.maySee(service)), revision, unreadable }
  }

  /**
   * @throws RefusedRequest `forbidden` where the name is not one of the token's services, where the registry would show what is
   * written under another, or where it would take the place of another service's instance.
   */
  async register(instance: InstanceInit, options: WriteOptions): Promise<Registration> {
    this.require(instance.name)
    if (!isForAll(this.identity)) {
      const records = this.client.backend.encode(instance, options)
      for (const { service } of records) this.require(service)
      // In a key-value store an id lies below its service; elsewhere it may be the whole registry's.
      if (records.some(({ body }) => !(body instanceof Uint8Array)))
        for (const { service } of await this.client.find({ id: instance.id }))
          if (!this.maySee(service)) throw this.#notFor(`the service that has the id "${instance.id}"`)
    }
    return await this.client.register(instance, options)
  }

  /** @throws RefusedRequest `forbidden` for a record of another service; then no record is changed. The same holds for the next two. */
  async renew(records: readonly RawRecord[]): Promise<Outcome[]> {
    this.requireOwn(records)
    return await this.client.renew(records)
  }

  async setStatus(records: readonly RawRecord[], status: Status, reason?: string): Promise<Outcome[]> {
    this.requireOwn(records)
    return await this.client.setStatus(records, status, reason ? { reason } : {})
  }

  async remove(records: readonly RawRecord[]): Promise<Outcome[]> {
    this.requireOwn(records)
    const outcomes: Outcome[] = []
    const ours: RawRecord[] = []
    for (const record of records)
      if (this.client.backend.read(record, Date.now()).is === 'foreign') outcomes.push(othersRecord(record))
      else ours.push(record)
    for await (const outcome of this.client.remove(ours)) outcomes.push(outcome)
    return outcomes
  }

  /** Waits until a reader of this server sees a write. */
  async seen(holds: (table: InstanceTable) => boolean): Promise<void> {
    if (this.isWatched && !this.live.stale) await this.live.until(holds)
  }

  #limit(): string {
    const { name, services } = this.identity
    return `the token "${name}" is for ${services.join(', ')} alone`
  }

  #notFor(what: string): RefusedRequest {
    return new RefusedRequest(FAILURE.forbidden, `the token "${this.identity.name}" is not for ${what}`)
  }

  /** While the registry is unreachable the last state is better than nothing, except for a request for the registry itself. */
  #mayUseCopy(consistent: boolean): boolean {
    return this.isWatched && !consistent
  }

  async #read(scope: { services?: string[] }): Promise<InstanceEntry[]> {
    const entries: InstanceEntry[] = []
    for await (const entry of this.client.entries(scope))
      if (entry.is === 'instance' && this.maySee(entry.service)) entries.push(entry)
    return entries
  }
}

/** The registry as it is named over HTTP: without paths on this machine. */
export function registryName({ target }: Client): string {
  return target.display.replace(/^file:.*\//, 'file:')
}

/** Over HTTP nothing can be confirmed, so records of other programs are never removed. */
function othersRecord({ id }: RawRecord): Outcome {
  const error = new RollcallError('unsupported', `${id} is a record of another program, and is not removed over HTTP`)
  return { id, result: 'unsupported', error }
}

/** AIO's clients compare this text to know that they have to register again. */
export function notFound(): RefusedRequest {
  return new RefusedRequest(FAILURE.notFound, 'service not found')
}
