import { escapeKey, unescapeKey } from '../../model/key.ts'
import type { RawRecord } from '../../model/record.ts'
import type { InstanceAddress } from './api.ts'
import { type EurekaTree, idIn, isTree, leaseIn, textIn, treeIn } from './instance.ts'

/** Milliseconds by which servers' clocks may be read wrongly: they tell theirs in whole seconds. */
const SLACK = 1_000

/** What is known of a lease that is overdue: no heartbeat came for as long as it lasts. */
export interface Overdue {
  /** The server itself counts it as ended, and keeps it. */
  readonly preserved: boolean
}

/** An instance in Eureka. */
export interface EurekaRecord extends RawRecord {
  /** Eureka's own object. */
  readonly body: EurekaTree
  /** Left out where the lease is not overdue, or nothing is known of it. */
  readonly beside?: Overdue
}

/** When something is known of a lease. */
interface Known {
  /** Milliseconds since 1970. */
  readonly at: number
  /** From the instance itself, and not out of a cache. */
  readonly directly: boolean
}

/** `SRE/10.0.0.1:SRE:9000`, escaped for printing: where Eureka has it. */
export function recordId({ app, id }: InstanceAddress): string {
  return escapeKey(Buffer.from(`${app}/${id}`))
}

/** Where a record's id says that it lies; undefined for an id of another kind. */
export function addressOf(key: string): InstanceAddress | undefined {
  const text = Buffer.from(unescapeKey(key)).toString('utf8')
  const at = text.indexOf('/')
  return at > 0 && at < text.length - 1 ? { app: text.slice(0, at), id: text.slice(at + 1) } : undefined
}

/** An instance of an answer as a record. `service`: what it is listed as. `lease`: its own, where that was read before. */
export function recordOf(
  instance: EurekaTree,
  service: string,
  { at, directly }: Known,
  lease = leaseIn(instance),
): EurekaRecord {
  const { registeredAt, renewedAt } = lease
  const record = registered(instance, service)
  const revision = revisionOf(instance)
  const known = registeredAt > 0 ? { ...record, createdAt: registeredAt } : record
  if (renewedAt === 0 || at <= renewedAt + lease.duration * 1_000 + SLACK) return { ...known, revision }
  const beside: Overdue = { preserved: directly && at > lease.endsAt + SLACK }
  return { ...known, revision: `${revision}-overdue`, beside }
}

/** What is to be written, as a record without a revision. */
export function registered(body: EurekaTree, service: string): EurekaRecord {
  return { id: recordId({ app: textIn(body, 'app'), id: idIn(body) }), service, body }
}

/**
 * What changes with everything that a process or an operator writes, and not with heartbeats. A lease that is overdue has another
 * one, so that nothing is removed as overdue whose heartbeats have come back.
 */
export function revisionOf(body: EurekaTree): string {
  return `${textIn(body, 'lastDirtyTimestamp')}-${textIn(body, 'status')}-${overriddenIn(body)}`
}

/** The status that an operator has set; UNKNOWN for none. */
export function overriddenIn(body: EurekaTree): string {
  return textIn(body, 'overriddenStatus') || textIn(body, 'overriddenstatus') || 'UNKNOWN'
}

/** The same record with its body known; undefined for one that did not come from here. */
export function ownRecord(record: RawRecord): EurekaRecord | undefined {
  const { id, service, body, beside, revision, createdAt } = record
  if (!isTree(body) || textIn(body, 'app') === '' || idIn(body) === '') return undefined
  return {
    id,
    service,
    body,
    ...(revision === undefined ? {} : { revision }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(isOverdue(beside) ? { beside } : {}),
  }
}

function isOverdue(beside: object | undefined): beside is Overdue {
  return beside !== undefined && 'preserved' in beside && typeof beside.preserved === 'boolean'
}

/** Whether Kratos wrote it: it has the instance's fields in its metadata. */
export function isOfKratos(instance: EurekaTree): boolean {
  const { ID, Name, Endpoints } = treeIn(instance, 'metadata')
  return [ID, Name, Endpoints].every((text) => typeof text === 'string' && text !== '')
}

/**
 * What an instance's service is called. Eureka has names in upper case alone: Kratos keeps its own in the metadata, Spring in
 * the address by which others look it up.
 */
export function serviceOf(instance: EurekaTree): string {
  const app = textIn(instance, 'app')
  const ofKratos = isOfKratos(instance) && textIn(treeIn(instance, 'metadata'), 'Name')
  const said = ofKratos === false ? textIn(instance, 'vipAddress').split(',') : [ofKratos]
  return said.find((name) => name.toUpperCase() === app) ?? app
}

/** What an instance is listed as where these services are asked for: undefined where it is none of them. */
export function listedAs(instance: EurekaTree, services: ReadonlySet<string> | undefined): string | undefined {
  const own = serviceOf(instance)
  if (services === undefined || services.has(own)) return own
  const app = textIn(instance, 'app')
  return services.has(app) ? app : undefined
}
