import { formatDuration } from '../../model/duration.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { RemovalEffect } from '../contract/backend.ts'
import { weightAndEnv } from '../../layouts/leased.ts'
import { withoutBrackets } from '../../model/address.ts'
import type { Metadata } from '../../model/instance.ts'
import type { Observed } from '../../model/observed.ts'
import type { RawRecord } from '../../model/record.ts'
import { type DetectedLayout, KIND, MERGE, endpointOf, detectLayout } from './layout.ts'
import { type PolarisInstance, addressOf, instanceIn } from './instance.ts'
import { escapeTextKey, unescapeKey } from '../../model/key.ts'
import { isTree } from './answer.ts'
import type { Writable } from '../../model/writable.ts'

/** A record's body. */
export interface Body {
  readonly instance: PolarisInstance
  /** No mark ties it to the other endpoints of its host, and one of them has the same scheme: only its port tells it apart. */
  readonly shared: boolean
}

/** A record of Polaris: an endpoint. */
export interface PolarisRecord extends RawRecord {
  readonly body: Body
}

/** `default/sregrpc/10.0.0.1:9000`, escaped for printing: where Polaris has it. */
export function recordId(instance: PolarisInstance): string {
  const { namespace, service } = instance
  return escapeTextKey(`${namespace}/${service}/${addressOf(instance)}`)
}

/** What a record's id says of where it lies; undefined for what is none. */
export function placeOf(id: string): { readonly namespace: string; readonly service: string } | undefined {
  const text = Buffer.from(unescapeKey(id)).toString('utf8')
  const [, namespace = '', service = ''] = /^([^/]*)\/(.*)\/[^/]*$/s.exec(text) ?? []
  return namespace === '' || service === '' ? undefined : { namespace, service }
}

/** What is written: it has no revision. */
export function recordOf(instance: PolarisInstance, shared: boolean): PolarisRecord {
  return { id: recordId(instance), service: detectLayout(instance).name, body: { instance, shared } }
}

/** A record that was made here of an answer: nothing of it has to be checked again. A copy of one is checked. */
class ReadRecord implements PolarisRecord {
  readonly id: string
  readonly service: string
  readonly body: Body
  readonly revision: string

  constructor(service: string, body: Body, revision: string) {
    this.id = recordId(body.instance)
    this.service = service
    this.body = body
    this.revision = revision
  }
}

/** An instance of an answer. `service`: what it is listed as. `revision`: its own, which changes with all of it but its heartbeats. */
export function readRecordOf(service: string, body: Body, revision: string): PolarisRecord {
  const { protocol, version } = body.instance.metadata
  // What is empty there and was null beside it goes when it is checked.
  if (protocol === '' || version === '') return { id: recordId(body.instance), service, body, revision }
  return new ReadRecord(service, body, revision)
}

/** What a record holds; undefined for one that did not come from here. */
export function bodyOf(record: Pick<RawRecord, 'body'>): Body | undefined {
  if (record instanceof ReadRecord) return record.body
  const { body } = record
  if (!isTree(body)) return undefined
  const instance = instanceIn(body['instance'])
  return instance && { instance, shared: body['shared'] === true }
}

/** The same record with its body known; undefined for one that did not come from here. */
export function ownRecord(record: RawRecord): PolarisRecord | undefined {
  if (record instanceof ReadRecord) return record
  const body = bodyOf(record)
  return body && { ...record, body }
}

/** One endpoint of a Kratos instance, or an instance of another framework. Never throws. */
export function read(record: RawRecord): Reading {
  const body = bodyOf(record)
  if (!body) {
    const message = 'it has no host, or no port'
    return { is: 'malformed', problem: { code: 'wrong-type', message, name: record.service } }
  }
  const { instance, shared } = body
  const detected = detectLayout(instance)
  const { layout, name, mark } = detected
  if (name === '') return nameless(instance)
  const id = mark ?? (shared || layout === 'service' ? addressOf(instance) : withoutBrackets(instance.host))
  const told = {
    id,
    name,
    version: instance.version || (instance.metadata['version'] ?? ''),
    metadata: withoutForm(instance.metadata),
    endpoints: [endpointOf(instance, detected)],
  }
  const observed = observedOf(instance, layout)
  if (layout === 'service') return { is: 'instance', instance: told, observed }
  return { is: 'instance', instance: told, observed, groupKey: `${layout}/${instance.namespace}/${id}` }
}

function nameless(instance: PolarisInstance): Reading {
  const { service } = instance
  const message = `the service is called "${service}": it has no name before its scheme`
  const id = addressOf(instance)
  const endpoints = [endpointOf(instance)]
  return { is: 'malformed', problem: { code: 'empty-name', message, culprit: service, id, endpoints } }
}

/** Without what Kratos' modules keep there of the instance's other fields. */
function withoutForm({ [MERGE]: _, [KIND]: __, ...own }: Metadata): Metadata {
  return own
}

function observedOf(instance: PolarisInstance, layout: DetectedLayout['layout']): Observed {
  const { namespace, weight, ttl, metadata, lastHeartbeat } = instance
  const { env } = weightAndEnv(metadata)
  const { status, reason } = healthOf(instance)
  const observed: Writable<Observed> = { status, weight, place: { namespace }, layout }
  if (reason !== undefined) observed.reason = reason
  if (env !== undefined) observed.env = env
  if (ttl !== undefined) observed.ttl = { granted: ttl }
  if (lastHeartbeat !== undefined) observed.renewedAt = lastHeartbeat * 1000
  return observed
}

function healthOf({ healthy, isolate, ttl, weight }: PolarisInstance): Pick<Observed, 'status' | 'reason'> {
  if (isolate) return { status: 'down', reason: healthy ? 'isolated' : 'isolated, and its heartbeats stopped' }
  if (!healthy) return { status: 'unhealthy', reason: 'its heartbeats stopped' }
  if (ttl === undefined) return { status: 'up', reason: 'no health check: nothing shows that it is alive' }
  return weight === 0 ? { status: 'up', reason: "weight 0: Polaris' own clients leave it out" } : { status: 'up' }
}

/** Unhealthy in all of its endpoints, and none of them isolated by somebody who may want it back. `now` in milliseconds. */
export function whyDead({ records, observed }: InstanceEntry, now: number): string | undefined {
  const instances = records.flatMap((record) => bodyOf(record)?.instance ?? [])
  if (!instances.every(({ healthy, isolate }) => !healthy && !isolate)) return undefined
  if (observed.renewedAt === undefined) return 'unhealthy: its heartbeats stopped'
  return `unhealthy: no heartbeat for ${formatDuration(now - observed.renewedAt)}`
}

/** Source: Kratos' two modules for Polaris, as docs/backends/polaris.md has it. */
export function removalEffect(reading: Reading): RemovalEffect {
  if (reading.is !== 'instance') return { comesBack: false }
  const { layout } = reading.observed
  if (layout === 'kratos-scheme')
    return { comesBack: false, note: 'its process, if it lives, does not register it again until it restarts' }
  if (layout === 'kratos')
    return { comesBack: true, note: 'its process, if it lives, registers it again in a few TTLs' }
  return { comesBack: true, note: "most of Polaris' SDKs register again when their heartbeats are refused" }
}
