import type { Scope } from '../../backends/backend.ts'
import type { Entry, InstanceEntry } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Client } from '../client.ts'
import { emptyFolders } from './folders.ts'
import { Census, type Guard } from './guard.ts'
import { type Probe, probeAll } from './probe.ts'
import { type PurgeReasons, chooser, flagsThatTake, isDefault } from './reasons.ts'
import { type PlannedRemoval, removalsOf } from './removal.ts'

export type { PlannedRemoval } from './removal.ts'

export interface PurgeRequest {
  readonly scope: Scope
  /** Whether the entry's service is meant. */
  readonly inScope: (entry: Entry) => boolean
  /** Whether the selectors choose it. */
  readonly selects: (entry: Entry) => boolean
  readonly reasons: PurgeReasons
  readonly guard: Guard
  readonly probe?: Probe
  /** In milliseconds since 1970. */
  readonly now: number
  readonly signal?: AbortSignal
  readonly onProgress?: (step: 'read' | 'probed', done: number, of?: number) => void
}

export interface PurgePlan {
  readonly records: readonly PlannedRemoval[]
  /** No reason was given: what is dead by the registry's own word. */
  readonly byDefault: boolean
  /** Why the guard refuses the whole plan; empty when it does not. */
  readonly refusals: readonly string[]
  /** How many of what the selectors choose other reasons would have taken, by flag; `''` for a purge without any. */
  readonly others: ReadonlyMap<string, number>
  /** What should go and cannot, a sentence each. */
  readonly notes: readonly string[]
  /** Of which a record was met. */
  readonly services: ReadonlySet<string>
}

interface Chosen {
  readonly entry: Entry
  readonly reason: string
}

/** What a purge would remove, and why. Reads only. */
export async function planPurge(client: Client, request: PurgeRequest): Promise<PurgePlan> {
  const { selects, reasons, guard, now, signal, onProgress } = request
  const choose = chooser(reasons, client.backend, now)
  const census = new Census()
  const others = new Map<string, number>()
  const chosen: Chosen[] = []
  const suspects: InstanceEntry[] = []
  for await (const entry of met(client, request)) {
    census.meet(entry)
    if (!selects(entry)) continue
    const reason = choose(entry)
    if (reason !== undefined) chosen.push({ entry, reason })
    else if (entry.is === 'instance' && reasons.unreachable) suspects.push(entry)
    for (const flag of flagsThatTake(entry, client.backend, now)) others.set(flag, (others.get(flag) ?? 0) + 1)
  }
  const onAsked = (asked: number, of: number) => onProgress?.('probed', asked, of)
  const probed = await probeAll(suspects, { ...request.probe, signal, onProgress: onAsked })
  chosen.push(...probed.dead)
  for (const { entry } of chosen) census.take(entry)
  const folders = await emptyFolders(client, request, chosen.flatMap(recordsOf))
  const examined = await examine(client, [...chosen, ...folders.chosen], signal)
  return {
    records: examined.flatMap(({ entry, reason }) => removalsOf(client, entry, reason)),
    byDefault: isDefault(reasons),
    refusals: [...census.refusals(guard), ...probed.silentServices.map(networkAtFault)],
    others,
    notes: folders.notes,
    services: new Set([...census.services, ...folders.services]),
  }
}

function recordsOf({ entry }: Chosen): readonly RawRecord[] {
  return entry.is === 'instance' ? entry.records : [entry.record]
}

/** The same with what else their registry tells of who holds them. */
async function examine(client: Client, chosen: readonly Chosen[], signal?: AbortSignal): Promise<readonly Chosen[]> {
  const { backend } = client
  if (!backend.examine) return chosen
  const examined: Chosen[] = []
  for (const { entry, reason } of chosen) {
    const seen = recordsOf({ entry, reason })
    const records = await backend.examine(seen, { signal })
    const [record = seen[0]] = records
    if (entry.is === 'instance') examined.push({ entry: { ...entry, records }, reason })
    else if (record) examined.push({ entry: { ...entry, record }, reason })
  }
  return examined
}

/** The entries of the services that are meant. */
async function* met(client: Client, request: PurgeRequest): AsyncGenerator<Entry, void, undefined> {
  let read = 0
  for await (const entry of client.entries(request.scope, { signal: request.signal })) {
    request.onProgress?.('read', ++read)
    if (request.inScope(entry)) yield entry
  }
}

function networkAtFault(service: string): string {
  return `${service}: none of its endpoints answers from here; the network may be at fault`
}
