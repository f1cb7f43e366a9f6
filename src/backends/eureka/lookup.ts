import type { EurekaContext, InstanceAddress } from './api.ts'
import { type EurekaLease, type EurekaTree, idIn, leaseIn, numberIn, portIn, textIn, treeIn } from './instance.ts'
import { type EurekaRecord, addressOf, isOfKratos, recordId, recordOf, serviceOf } from './record.ts'

type Signal = AbortSignal | undefined

/** Requests at the same time. */
const ABREAST = 16
/** Leases of one list that are read one by one. */
const MOST = 512
/** Leases read one by one before it is considered whether that was worth it. */
const SOME = 64

/** Where an instance lies, and what it is listed as. */
interface Sought extends InstanceAddress {
  readonly service: string
}

/** An instance of a list, and what it is listed as. */
export interface Listed {
  readonly instance: EurekaTree
  readonly service: string
}

/** An instance as it is now; undefined where Eureka has none, or counts its lease as ended. */
export async function recordAt(
  { api, now, kept }: EurekaContext,
  { service, ...address }: Sought,
  signal: Signal,
): Promise<EurekaRecord | undefined> {
  const instance = await api.instance(address, signal)
  if (!instance) {
    kept.delete(recordId(address))
    return undefined
  }
  const record = recordOf(instance, service, { at: api.serverTime ?? now(), directly: true })
  if (record.beside?.preserved) kept.add(record.id)
  else kept.delete(record.id)
  return record
}

/** What lies under the ids of these records now, by id. */
export async function currentRecords(
  context: EurekaContext,
  records: readonly EurekaRecord[],
  signal: Signal,
): Promise<Map<string, EurekaRecord>> {
  const found = await together(records, async ({ id, service }) => {
    const address = addressOf(id)
    return address && (await recordAt(context, { ...address, service }, signal))
  })
  return new Map(found.flatMap((record) => (record ? [[record.id, record] as const] : [])))
}

/** Every instance of a list as it is now, without those that are no longer there. */
export async function readEach(
  context: EurekaContext,
  listed: readonly Listed[],
  signal: Signal,
): Promise<EurekaRecord[]> {
  const known = listed.map(({ instance, service }) => recordOf(instance, service, { at: 0, directly: false }))
  return [...(await currentRecords(context, known, signal)).values()]
}

/**
 * The records of a list. Lists come from a cache whose leases are minutes old, so what looks overdue by them is read one by one,
 * the longest silent first, as long as that finds any. What is left is overdue where the list itself has newer times.
 */
export async function settled(
  context: EurekaContext,
  listed: readonly Listed[],
  signal: Signal,
): Promise<EurekaRecord[]> {
  const leases = listed.map(({ instance }) => leaseIn(instance))
  const known = { at: newestTime(listed, leases), directly: false }
  const records = listed.map(({ instance, service }, index) => recordOf(instance, service, known, leases[index]))
  const now = context.api.serverTime ?? context.now()
  const suspects = records
    .map((record, index) => ({ record, lease: leases[index] }))
    .filter(({ lease }) => isSilent(lease, now))
    .toSorted((a, b) => (a.lease?.renewedAt ?? 0) - (b.lease?.renewedAt ?? 0))
    .map(({ record }) => record)
  const found = new Map<string, EurekaRecord | undefined>()
  for (let from = 0; from < Math.min(suspects.length, MOST); from += SOME) {
    const some = suspects.slice(from, from + SOME)
    const current = await currentRecords(context, some, signal)
    for (const { id } of some) found.set(id, current.get(id))
    if (![...current.values()].some(({ beside }) => beside !== undefined)) break
  }
  if (found.size === 0) return records
  return records.flatMap((record) => (found.has(record.id) ? (found.get(record.id) ?? []) : record))
}

function isSilent(lease: EurekaLease | undefined, now: number): boolean {
  return lease !== undefined && lease.renewedAt > 0 && now > lease.renewedAt + lease.duration * 1_000
}

/** The list was made after this, in milliseconds since 1970. */
function newestTime(listed: readonly Listed[], leases: readonly EurekaLease[]): number {
  let newest = 0
  for (const { registeredAt, renewedAt } of leases) newest = Math.max(newest, registeredAt, renewedAt)
  for (const { instance } of listed) newest = Math.max(newest, numberIn(instance, 'lastUpdatedTimestamp') ?? 0)
  return newest
}

/** What is where these are to be registered: under their ids, and in their application with their address or as the same instance. */
export async function occupantsOf(
  context: EurekaContext,
  wanted: readonly EurekaRecord[],
  signal: Signal,
): Promise<{ readonly own: readonly (EurekaRecord | undefined)[]; readonly rivals: readonly EurekaRecord[] }> {
  const [first] = wanted
  if (!first) return { own: [], rivals: [] }
  const there = await currentRecords(context, wanted, signal)
  const places = new Set(wanted.map(({ body }) => placeOf(body)))
  const { app, mark } = { app: textIn(first.body, 'app'), mark: markOf(first.body) }
  const ids = new Set(wanted.map(({ id }) => id))
  const members = (await context.api.hasApplication(app, signal)) ? await context.api.application(app, signal) : []
  const others = members
    .filter((instance) => places.has(placeOf(instance)) || (isOfKratos(instance) && markOf(instance) === mark))
    .filter((instance) => !ids.has(idOf(instance)))
    .map((instance) => ({ instance, service: serviceOf(instance) }))
  return { own: wanted.map(({ id }) => there.get(id)), rivals: await readEach(context, others, signal) }
}

function idOf(instance: EurekaTree): string {
  return recordId({ app: textIn(instance, 'app'), id: idIn(instance) })
}

function placeOf(instance: EurekaTree): string {
  return `${textIn(instance, 'ipAddr')}:${portIn(instance, 'port') ?? ''}`
}

/** What the endpoints of one Kratos instance share. */
function markOf(instance: EurekaTree): string {
  const metadata = treeIn(instance, 'metadata')
  return JSON.stringify([textIn(metadata, 'Name'), textIn(metadata, 'ID')])
}

/** Works through items, some at a time, and answers in their order. */
async function together<T, U>(items: readonly T[], work: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = []
  for (let at = 0; at < items.length; at += ABREAST)
    results.push(...(await Promise.all(items.slice(at, at + ABREAST).map(work))))
  return results
}
