import type { Entry, InstanceEntry } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import { type ForeignKeys, foreignKeys } from '../../reports/foreign.ts'
import type { Client } from '../client.ts'
import { Clock, whyMistrusted } from './clock.ts'
import { type FolderSearch, emptyFolders } from './folders.ts'
import { Census, type Guard } from './guard.ts'
import { whyWrongPrefix } from './prefix-sense.ts'
import type { Probe, ProbeOptions, Probed } from './probe.ts'
import { type OtherReason, chooser, reasonsThatTake, isDefault } from './reasons.ts'
import { type PlanPlace, placeOf } from './plan-place.ts'
import type { PlanRefusal } from './refusal.ts'
import { type Chosen, type PlannedRemoval, recordsOf, removalsOf, whyNever } from './removal.ts'

/** Entries whose registry is asked for more of them at once. */
const EXAMINED_AT_ONCE = 500

/** At most half of a service's instances that are up. */
const GUARD: Guard = { maxPercent: 50, keepMin: 0 }

export type { PlanRefusal } from './refusal.ts'
export type { PlannedRemoval } from './removal.ts'

/** What a purge is to take. By default what the registry itself reports as dead, everywhere. */
export interface PurgeRequest extends Partial<FolderSearch> {
  /** The selectors ask how old something is. */
  readonly byAge?: boolean
  /** What may be removed of the instances that are up; at most half of a service's by default. */
  readonly guard?: Guard
  readonly probe?: Probe
  /** The clock of this machine is known to be right. */
  readonly trustClock?: boolean
  readonly onProgress?: (step: 'read' | 'probed', done: number, of?: number) => void
}

/** What a removal would remove, and what speaks against it. */
export interface PurgePlan {
  /** Where it was made, and can be carried out. */
  readonly place: PlanPlace
  readonly records: readonly PlannedRemoval[]
  /** No reason was given: what the registry itself reports as dead. */
  readonly byDefault: boolean
  /** Why guards refuse the whole plan; empty when none does. */
  readonly refusals: readonly PlanRefusal[]
  /** How many of what the selectors choose the reasons that were not given would have taken: by what it is, a status for `statuses`, and `''` for a purge without any. */
  readonly others: ReadonlyMap<OtherReason, number>
  /** What should go and cannot, and what the whole plan cannot undo, a sentence each. */
  readonly notes: readonly string[]
  /** What was met of other programs: counted, and left alone. */
  readonly foreign: ForeignKeys
  /** Of which a record was met. */
  readonly services: ReadonlySet<string>
  /** What the records are of, in their order. */
  readonly entries: readonly Entry[]
  /** Those of the instances that are to go because their endpoints are silent. */
  readonly silent: readonly InstanceEntry[]
}

/**
 * What a purge would remove, and why. Reads only.
 * @throws RollcallError the registry's error when it cannot be read; the signal's reason
 */
export async function planPurge(client: Client, request: PurgeRequest): Promise<PurgePlan> {
  const search = searchOf(request)
  const { selects, reasons, now } = search
  const { guard = GUARD, signal, onProgress } = request
  const choose = chooser(reasons, client.backend, now)
  const census = new Census()
  const clock = new Clock(now)
  const others = new Map<OtherReason, number>()
  const foreign = foreignKeys()
  const chosen: Chosen[] = []
  const suspects: InstanceEntry[] = []
  for await (const entry of met(client, search, onProgress)) {
    census.meet(entry)
    clock.meet(entry)
    if (entry.is === 'foreign') foreign.add(entry)
    if (!selects(entry)) continue
    const reason = choose(entry)
    if (reason !== undefined) chosen.push({ entry, reason })
    else if (entry.is === 'instance' && reasons.unreachable) suspects.push(entry)
    for (const why of reasonsThatTake(entry, client.backend, now)) others.set(why, (others.get(why) ?? 0) + 1)
  }
  const onAsked = (asked: number, of: number) => onProgress?.('probed', asked, of)
  const probed = await probe(suspects, { ...request.probe, signal, onProgress: onAsked })
  chosen.push(...probed.dead)
  for (const { entry } of chosen) census.take(entry)
  const folders = await emptyFolders(client, search, chosen.flatMap(recordsOf))
  const examined = await examine(client, [...chosen, ...folders.chosen], signal)
  return {
    place: placeOf(client),
    records: await removalsOf(client, examined, signal),
    byDefault: isDefault(reasons),
    refusals: [
      ...never(client, examined),
      ...census.refusals(guard),
      ...probed.silentServices.map(networkAtFault),
      ...(await whyMistrusted(client, { ...request, ...search, chosen, clock })),
      ...(await whyWrongPrefix(client, chosen, signal)),
    ],
    others,
    foreign: foreign.result(),
    notes: [...folders.notes, ...((await client.backend.remarks?.({ signal })) ?? []), ...cannotUndo(client, examined)],
    services: new Set([...census.services, ...folders.services]),
    entries: examined.map(({ entry }) => entry),
    silent: probed.dead.map(({ entry }) => entry),
  }
}

/** What speaks to endpoints is loaded where there are some to be probed. */
async function probe(suspects: readonly InstanceEntry[], options: ProbeOptions): Promise<Probed> {
  if (suspects.length === 0) return { dead: [], silentServices: [] }
  const { probeAll } = await import('./probe.ts')
  return await probeAll(suspects, options)
}

/** Which entries are to be removed, and why. */
export interface NamedRequest {
  readonly entries: readonly Entry[]
  /** Why they are to go, as one sentence. */
  readonly reason: string
  /** The services in which removals are counted against the guard; the others are only named. */
  readonly guarded: ReadonlySet<string>
  readonly guard: Guard
  readonly signal?: AbortSignal
}

/**
 * The plan for instances and records that were named one by one. Reads only.
 * @throws as `planPurge`
 */
export async function planNamed(
  client: Client,
  { entries, reason, guarded, guard, signal }: NamedRequest,
): Promise<PurgePlan> {
  const census = new Census()
  if (guarded.size > 0)
    for await (const entry of client.entries({ services: [...guarded] }, { signal })) census.meet(entry)
  for (const entry of entries) census.take(entry)
  const chosen = await examine(
    client,
    entries.map((entry) => ({ entry, reason })),
    signal,
  )
  return {
    place: placeOf(client),
    records: await removalsOf(client, chosen, signal),
    byDefault: false,
    refusals: [...never(client, chosen), ...census.refusals(guard)],
    others: new Map(),
    foreign: foreignKeys().result(),
    notes: cannotUndo(client, chosen),
    services: new Set(entries.map(({ service }) => service)),
    entries: chosen.map(({ entry }) => entry),
    silent: [],
  }
}

/** The chosen entries with what their registry adds about their owners and about what is stored beside their values. */
async function examine(client: Client, chosen: readonly Chosen[], signal?: AbortSignal): Promise<readonly Chosen[]> {
  const { backend } = client
  if (!backend.examine) return chosen
  const examined: Chosen[] = []
  for (let at = 0; at < chosen.length; at += EXAMINED_AT_ONCE) {
    const part = chosen.slice(at, at + EXAMINED_AT_ONCE)
    const records = await backend.examine(part.flatMap(recordsOf), { signal })
    const found = new Map(records.map((record) => [record.id, record]))
    for (const { entry, reason } of part) examined.push({ entry: withRecords(entry, found), reason })
  }
  return examined
}

function withRecords(entry: Entry, found: ReadonlyMap<string, RawRecord>): Entry {
  if (entry.is !== 'instance') return { ...entry, record: found.get(entry.record.id) ?? entry.record }
  return { ...entry, records: entry.records.map((record) => found.get(record.id) ?? record) }
}

const every = (): boolean => true

function searchOf({
  scope = {},
  inScope = every,
  selects = every,
  reasons = {},
  now = Date.now(),
  signal,
}: PurgeRequest): FolderSearch {
  return { scope, inScope, selects, reasons, now, ...(signal && { signal }) }
}

/** The entries of the services that are meant. */
async function* met(
  client: Client,
  { scope, inScope, signal }: FolderSearch,
  onProgress: PurgeRequest['onProgress'],
): AsyncGenerator<Entry, void, undefined> {
  let read = 0
  for await (const entry of client.entries(scope, { signal })) {
    onProgress?.('read', ++read)
    if (inScope(entry)) yield entry
  }
}

function cannotUndo({ target, capabilities }: Client, chosen: readonly Chosen[]): string[] {
  if (capabilities.restore || chosen.length === 0) return []
  return [`${target.driver} cannot restore records; the backup is kept to be read`]
}

/** What of the plan the registry's records are never removed of: a few by name. */
function never(client: Client, chosen: readonly Chosen[]): PlanRefusal[] {
  const NAMED = 3
  const found = chosen.flatMap((each) => whyNever(client, each) ?? [])
  const facts = found.slice(0, NAMED).map(({ what, reason }) => ({ fact: `${what} stays: ${reason}` }))
  return found.length > NAMED ? [...facts, { fact: `so do ${found.length - NAMED} more` }] : facts
}

function networkAtFault(service: string): PlanRefusal {
  return {
    fact: `${service}: none of its endpoints answers from here; the network may be at fault`,
    liftedBy: 'force',
  }
}
