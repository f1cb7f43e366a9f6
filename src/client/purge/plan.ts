import type { Backend, Scope } from '../../backends/backend.ts'
import type { Entry, InstanceEntry } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Client } from '../client.ts'
import { type Guard, type ServiceCount, refusals } from './guard.ts'
import { type Probe, probeAll } from './probe.ts'
import { type PurgeReasons, chooser, lacksLease } from './reasons.ts'

export interface PurgeRequest {
  readonly scope: Scope
  /** Whether the entry's service is meant. */
  readonly inScope: (entry: Entry) => boolean
  /** Whether the selectors choose the instance. Malformed records are chosen by their service alone. */
  readonly selects: (entry: InstanceEntry) => boolean
  readonly reasons: PurgeReasons
  readonly guard: Guard
  readonly probe?: Probe
  readonly now: number
  readonly signal?: AbortSignal
}

/** One record that is to be removed. */
export interface PlannedRemoval {
  readonly record: RawRecord
  readonly key: string
  readonly service: string
  readonly id?: string
  /** Why, as one sentence. */
  readonly reason: string
  readonly revision?: string
  /** The registry still calls its instance up. */
  readonly live: boolean
  /** Whoever wrote it, if it lives, will write it again. */
  readonly comesBack: boolean
  /** It is removed only as it was seen. */
  readonly guarded: boolean
  /** What follows, as one sentence. */
  readonly note?: string
}

export interface PurgePlan {
  readonly records: readonly PlannedRemoval[]
  /** Why the guard refuses the whole plan; empty when it does not. */
  readonly refusals: readonly string[]
  /** How many other reasons would have taken, by the flag that asks for them. */
  readonly others: Readonly<Record<string, number>>
  /** How many instances and malformed records were looked at. */
  readonly looked: number
}

interface Chosen {
  readonly entry: Entry
  readonly reason: string
}

/** What a purge would remove, and why. Reads only. */
export async function planPurge(client: Client, request: PurgeRequest): Promise<PurgePlan> {
  const choose = chooser(request.reasons, client.backend, request.now)
  const counts = new Map<string, ServiceCount>()
  const others: Record<string, number> = {}
  const chosen: Chosen[] = []
  const suspects: InstanceEntry[] = []
  let looked = 0
  for await (const entry of client.entries(request.scope, signalOf(request))) {
    if (!request.inScope(entry)) continue
    looked++
    const count = counts.get(entry.service) ?? { instances: 0, up: 0, removedUp: 0 }
    counts.set(entry.service, count)
    countEntry(count, others, entry)
    if (entry.is === 'instance' && !request.selects(entry)) continue
    const reason = choose(entry)
    if (reason !== undefined) chosen.push({ entry, reason })
    else if (entry.is === 'instance' && request.reasons.unreachable) suspects.push(entry)
  }
  const probed = await probeAll(suspects, request.probe ?? {}, request.signal)
  chosen.push(...probed.dead)
  for (const { entry } of chosen) countRemoval(counts, entry)
  return {
    records: chosen.flatMap(({ entry, reason }) => removalsOf(client, entry, reason)),
    refusals: refusals(counts, request.guard, probed.silentServices),
    others,
    looked,
  }
}

function signalOf({ signal }: PurgeRequest): { signal?: AbortSignal } {
  return signal ? { signal } : {}
}

function countEntry(count: ServiceCount, others: Record<string, number>, entry: Entry): void {
  const add = (flag: string) => {
    others[flag] = (others[flag] ?? 0) + 1
  }
  if (entry.is === 'malformed') {
    add('--malformed')
    return
  }
  count.instances++
  if (entry.observed.status === 'up') count.up++
  else add(`--status ${entry.observed.status}`)
  if (lacksLease(entry)) add('--no-lease')
}

function countRemoval(counts: ReadonlyMap<string, ServiceCount>, entry: Entry): void {
  const count = counts.get(entry.service)
  if (count && entry.is === 'instance' && entry.observed.status === 'up') count.removedUp++
}

function removalsOf({ backend, capabilities }: Client, entry: Entry, reason: string): PlannedRemoval[] {
  const records = entry.is === 'instance' ? entry.records : [entry.record]
  const id = entry.is === 'instance' ? entry.instance.id : entry.problem.id
  const live = entry.is === 'instance' && entry.observed.status === 'up'
  return records.map((record) => ({
    record,
    key: record.id,
    service: entry.service,
    ...(id === undefined ? {} : { id }),
    reason,
    ...(record.revision === undefined ? {} : { revision: record.revision }),
    live,
    guarded: capabilities.guarded,
    ...aftermathOf(backend, entry, record),
  }))
}

function aftermathOf(backend: Backend, entry: Entry, record: RawRecord): { comesBack: boolean; note?: string } {
  const reading =
    entry.is === 'instance'
      ? { is: entry.is, instance: entry.instance, observed: entry.observed }
      : { is: entry.is, problem: entry.problem }
  return backend.aftermath(record, reading)
}
