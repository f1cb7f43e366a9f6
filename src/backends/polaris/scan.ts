import type { RawRecord } from '../../model/record.ts'
import type { Page, ScanOptions, Scope } from '../contract/backend.ts'
import { byServiceName } from '../contract/service-order.ts'
import { type ServiceName, servicesIn, readGroup } from './service-group.ts'
import { rootOf } from './layout.ts'
import { withLastHeartbeat } from './last-heartbeat.ts'
import type { PolarisContext } from './api.ts'
import { placeOf } from './record.ts'

/** Groups of services read at the same time. */
const ABREAST = 8

/** The services whose names have one root, together: only they can hold parts of one Kratos service. */
interface ServiceGroup {
  readonly root: string
  readonly services: readonly ServiceName[]
}

/** A page a service, in the order of their names. */
export async function* scan(
  polaris: PolarisContext,
  scope: Scope,
  { signal, detail = false }: ScanOptions = {},
): AsyncGenerator<Page, void, undefined> {
  signal?.throwIfAborted()
  const wanted = chooser(scope)
  let pages = 0
  for await (const records of byService(polaris, wanted, signal)) {
    const chosen = records.filter((record) => wanted.record(record))
    if (chosen.length === 0) continue
    pages += 1
    yield { records: detail ? await withLastHeartbeat(polaris, chosen, signal) : chosen }
    signal?.throwIfAborted()
  }
  if (pages === 0) yield { records: [] }
}

interface Chooser {
  group(group: ServiceGroup): boolean
  record(record: RawRecord): boolean
  /** Only of this namespace, whichever were asked for. */
  readonly namespace?: string
}

function chooser({ services, rawKey }: Scope): Chooser {
  if (rawKey !== undefined) {
    const place = placeOf(rawKey)
    const root = place && rootOf(place.service)
    return {
      group: (group) => group.root === root,
      record: ({ id }) => id === rawKey,
      ...(place && { namespace: place.namespace }),
    }
  }
  if (services === undefined) return { group: () => true, record: () => true }
  const names = new Set(services)
  const roots = new Set(services.map(rootOf))
  return { group: ({ root }) => roots.has(root), record: ({ service }) => names.has(service) }
}

/** The records of one service after another. What a group holds of later services waits until it is their turn. */
async function* byService(
  polaris: PolarisContext,
  wanted: Chooser,
  signal: AbortSignal | undefined,
): AsyncGenerator<RawRecord[], void, undefined> {
  const listed = await servicesIn(polaris.api, wanted.namespace ?? polaris.namespace, signal)
  const groups = groupsOf(listed).filter((group) => wanted.group(group))
  const waiting = new Map<string, RawRecord[]>()
  const ahead: Promise<RawRecord[]>[] = []
  const begin = (group: ServiceGroup | undefined): void => {
    if (!group) return
    const reading = readGroup(polaris, group.services, signal)
    reading.catch(() => {}) // handled when its turn comes
    ahead.push(reading)
  }
  for (const group of groups.slice(0, ABREAST)) begin(group)
  for (const [at, { root }] of groups.entries()) {
    const records = await ahead.shift()
    begin(groups[at + ABREAST])
    yield* take(waiting, (service) => byServiceName(service, root) < 0)
    for (const record of records ?? []) membersOf(waiting, record.service).push(record)
  }
  yield* take(waiting, () => true)
}

function* take(waiting: Map<string, RawRecord[]>, which: (service: string) => boolean): Generator<RawRecord[]> {
  for (const service of [...waiting.keys()].filter(which).toSorted(byServiceName)) {
    yield waiting.get(service) ?? []
    waiting.delete(service)
  }
}

function groupsOf(listed: readonly ServiceName[]): ServiceGroup[] {
  const groups = new Map<string, ServiceName[]>()
  for (const each of listed) membersOf(groups, rootOf(each.service)).push(each)
  return [...groups]
    .map(([root, members]) => ({ root, services: members }))
    .toSorted((a, b) => byServiceName(a.root, b.root))
}

function membersOf<T>(groups: Map<string, T[]>, name: string): T[] {
  const members = groups.get(name) ?? []
  groups.set(name, members)
  return members
}
