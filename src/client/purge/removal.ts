import type { Entry } from '../../model/reading.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { LeaseState, RawRecord } from '../../model/record.ts'
import type { Client } from '../client.ts'

/** One record that is to be removed. */
export interface PlannedRemoval {
  readonly record: RawRecord
  /** How it lies there, where that could be read. */
  readonly layout?: LayoutName
  readonly key: string
  readonly service: string
  readonly id?: string
  /** Why, as one sentence. */
  readonly reason: string
  readonly revision?: string
  /** The registry still calls its instance up. */
  readonly live: boolean
  /** Whether its lease or session exists, whatever its value; absent where the registry has neither. */
  readonly leased?: boolean
  /** Seconds of its lease: granted, and left when the plan was made; where the registry reports them. */
  readonly ttl?: { readonly granted: number; readonly remaining: number }
  /** Whoever wrote it, if it lives, will write it again. */
  readonly comesBack: boolean
  /** It is removed only as it was seen. */
  readonly guarded: boolean
  /** What follows, as one sentence. */
  readonly note?: string
  /** What could not be restored, as one sentence. */
  readonly lost?: string
}

/** Something that is to be removed, and why. */
export interface Chosen {
  readonly entry: Entry
  readonly reason: string
}

/** The removals of all records of these, in their order. Reads their leases. */
export async function removalsOf(
  client: Client,
  chosen: readonly Chosen[],
  signal?: AbortSignal,
): Promise<PlannedRemoval[]> {
  const leases = new Set(chosen.flatMap(recordsOf).flatMap(({ lease }) => lease ?? []))
  const states = leases.size === 0 ? undefined : await client.backend.leases?.([...leases], { keys: false, signal })
  return chosen.flatMap((each) => removals(client, each, states))
}

/** What of it is never removed, and why; undefined where all can be. */
export function whyNever(
  { backend }: Client,
  { entry }: Pick<Chosen, 'entry'>,
): { readonly what: string; readonly reason: string } | undefined {
  const reading = readingOf(entry)
  for (const record of recordsOf({ entry })) {
    const { refused } = backend.removalEffect(record, reading)
    if (refused === undefined) continue
    return { what: entry.is === 'instance' ? `${entry.service}/${entry.instance.id}` : record.id, reason: refused }
  }
  return undefined
}

export function recordsOf({ entry }: Pick<Chosen, 'entry'>): readonly RawRecord[] {
  return entry.is === 'instance' ? entry.records : [entry.record]
}

function removals(
  client: Client,
  { entry, reason }: Chosen,
  states: ReadonlyMap<string, LeaseState> | undefined,
): PlannedRemoval[] {
  const { backend, capabilities } = client
  const whole = {
    layout: layoutOf(client, entry),
    service: entry.service,
    id: idIn(entry),
    reason,
    live: entry.is === 'instance' && entry.observed.status === 'up',
    guarded: capabilities.guarded,
  }
  return recordsOf({ entry }).map((record) => {
    const { comesBack, note, lost } = backend.removalEffect(record, readingOf(entry))
    const held = leaseOf(client, record, states)
    return Object.assign({ record, key: record.id, revision: record.revision, comesBack, note, lost }, held, whole)
  })
}

function leaseOf(
  { capabilities }: Client,
  { lease }: RawRecord,
  states: ReadonlyMap<string, LeaseState> | undefined,
): Pick<PlannedRemoval, 'leased' | 'ttl'> {
  if (lease === undefined) return capabilities.lease || capabilities.session ? { leased: false } : {}
  const state = states?.get(lease)
  return state ? { leased: state.granted > 0, ttl: pick(state) } : { leased: true }
}

function pick({ granted, remaining }: LeaseState): NonNullable<PlannedRemoval['ttl']> {
  return { granted, remaining }
}

function layoutOf({ target }: Client, entry: Entry): LayoutName | undefined {
  const layout = entry.is === 'instance' ? entry.observed.layout : target.layout
  return layout === 'auto' || layout === 'service' ? undefined : layout
}

function readingOf(entry: Entry): Parameters<Client['backend']['removalEffect']>[1] {
  if (entry.is === 'foreign') return entry.reading
  return entry.is === 'instance'
    ? { is: 'instance', instance: entry.instance, observed: entry.observed }
    : { is: 'malformed', problem: entry.problem }
}

function idIn(entry: Entry): string | undefined {
  if (entry.is === 'foreign') return undefined
  return entry.is === 'instance' ? entry.instance.id : entry.problem.id
}
