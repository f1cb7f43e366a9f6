import { weightAndEnv } from '../../layouts/leased.ts'
import { inUrl } from '../../model/address.ts'
import type { Metadata } from '../../model/instance.ts'
import type { Observed } from '../../model/observed.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { advice } from '../../model/wording.ts'
import type { RemovalEffect } from '../contract/backend.ts'
import { type EurekaTree, idIn, leaseIn, metadataIn, numberIn, portIn, textIn, treeIn } from './instance.ts'
import { type EurekaRecord, isOfKratos, overriddenIn, ownRecord } from './record.ts'

const STATUSES: ReadonlyMap<string, Status> = new Map([
  ['UP', 'up'],
  ['DOWN', 'down'],
  ['STARTING', 'starting'],
  ['OUT_OF_SERVICE', 'maintenance'],
  ['UNKNOWN', 'unknown'],
])

/** One endpoint of a Kratos instance, or an instance of another framework. Never throws. */
export function read(record: RawRecord): Reading {
  const own = ownRecord(record)
  if (!own) {
    const message = 'it has no application, or no id'
    return { is: 'malformed', problem: { code: 'wrong-type', message, name: record.service } }
  }
  const { body, service } = own
  if (!isOfKratos(body)) {
    const metadata = metadataIn(body)
    const { version = '' } = metadata
    const instance = { id: idIn(body), name: service, version, metadata, endpoints: endpointsOf(body) }
    return { is: 'instance', instance, observed: { ...observedOf(own, metadata), layout: 'service' } }
  }
  const said = treeIn(body, 'metadata')
  const id = textIn(said, 'ID')
  const metadata = metadataIn(body, said['agent'] === AGENT ? FORM : FIELDS)
  const [name, version, endpoint] = [textIn(said, 'Name'), textIn(said, 'Version'), textIn(said, 'Endpoints')]
  return {
    is: 'instance',
    instance: { id, name, version, metadata, endpoints: [endpoint] },
    observed: { ...observedOf(own, metadata), layout: 'kratos' },
    groupKey: `kratos/${id}`,
  }
}

/** What Kratos calls itself in the metadata. */
export const AGENT = 'go-eureka-client'
/** Where Kratos keeps an instance's fields; and, where it is Kratos, what says that it is. */
const FIELDS: ReadonlySet<string> = new Set(['ID', 'Name', 'Version', 'Endpoints', '@class'])
const FORM: ReadonlySet<string> = new Set([...FIELDS, 'agent'])

/** As Eureka's clients call it: by its host's name, over the ports that are enabled. */
function endpointsOf(body: EurekaTree): string[] {
  const host = inUrl(textIn(body, 'hostName') || textIn(body, 'ipAddr'))
  const [plain, secure] = [portIn(body, 'port'), portIn(body, 'securePort')]
  return [
    ...(plain === undefined ? [] : [`http://${host}:${plain}`]),
    ...(secure === undefined ? [] : [`https://${host}:${secure}`]),
  ]
}

function observedOf(record: EurekaRecord, metadata: Metadata): Observed {
  const { body } = record
  const { duration, registeredAt, renewedAt, upSince } = leaseIn(body)
  const updatedAt = numberIn(body, 'lastUpdatedTimestamp') ?? 0
  const isOut = textIn(body, 'status') === 'OUT_OF_SERVICE'
  return {
    ...healthOf(record),
    ...weightAndEnv(metadata),
    ttl: { granted: duration },
    ...(registeredAt > 0 ? { registeredAt } : {}),
    ...(upSince > 0 ? { startedAt: upSince } : {}),
    ...(renewedAt > 0 ? { renewedAt } : {}),
    ...(isOut && updatedAt > 0 ? { offlineAt: updatedAt } : {}),
  }
}

/** What an operator has taken out of traffic stays that, be its process alive or not. */
function healthOf({ body, beside }: EurekaRecord): Pick<Observed, 'status' | 'reason'> {
  const [word, overridden] = [textIn(body, 'status'), overriddenIn(body)]
  const status = STATUSES.get(word) ?? 'unknown'
  const silence = beside && `its heartbeats stopped${beside.preserved ? ', and self-preservation keeps it' : ''}`
  if (silence !== undefined && overridden === 'UNKNOWN') return { status: 'expired', reason: silence }
  const reasons = [reasonOf(word, overridden), silence].filter((reason) => reason !== undefined)
  return { status, ...(reasons.length === 0 ? {} : { reason: reasons.join('; ') }) }
}

function reasonOf(word: string, overridden: string): string | undefined {
  if (overridden !== 'UNKNOWN')
    return word === overridden ? `set to ${word} by an override` : `set to ${overridden}, and ${word} by its own report`
  return STATUSES.has(word) ? undefined : `the status ${word === '' ? 'is missing' : word}`
}

/** What follows a removal. The next heartbeat gets a 404, and every client of Eureka then registers again. */
export function removalEffect(reading: Reading): RemovalEffect {
  if (reading.is !== 'instance') return { comesBack: false }
  const note = `its process, if it lives, registers it again with its next heartbeat; ${advice('setOffline')} keeps it out`
  return { comesBack: true, note }
}
