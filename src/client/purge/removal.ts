import type { Entry } from '../../model/reading.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { RawRecord } from '../../model/record.ts'
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
  /** Whoever wrote it, if it lives, will write it again. */
  readonly comesBack: boolean
  /** It is removed only as it was seen. */
  readonly guarded: boolean
  /** What follows, as one sentence. */
  readonly note?: string
}

/** The removals of all records of an entry. */
export function removalsOf(client: Client, entry: Entry, reason: string): PlannedRemoval[] {
  const { backend, capabilities } = client
  const records = entry.is === 'instance' ? entry.records : [entry.record]
  const whole = {
    layout: layoutOf(client, entry),
    service: entry.service,
    id: idIn(entry),
    reason,
    live: entry.is === 'instance' && entry.observed.status === 'up',
    guarded: capabilities.guarded,
  }
  return records.map((record) => {
    const { comesBack, note } = backend.aftermath(record, readingOf(entry))
    return Object.assign({ record, key: record.id, revision: record.revision, comesBack, note }, whole)
  })
}

function layoutOf({ target }: Client, entry: Entry): LayoutName | undefined {
  const layout = entry.is === 'instance' ? entry.observed.layout : target.layout
  return layout === 'auto' || layout === 'service' ? undefined : layout
}

function readingOf(entry: Entry): Parameters<Client['backend']['aftermath']>[1] {
  if (entry.is === 'foreign') return entry.reading
  return entry.is === 'instance'
    ? { is: 'instance', instance: entry.instance, observed: entry.observed }
    : { is: 'malformed', problem: entry.problem }
}

function idIn(entry: Entry): string | undefined {
  if (entry.is === 'foreign') return undefined
  return entry.is === 'instance' ? entry.instance.id : entry.problem.id
}
