import type { Restored } from '../../client/purge/restore.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { Entry } from '../../model/reading.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { amount, grouped } from '../../model/count.ts'
import { type WriteItem, writeResults } from './results.ts'

/** What a command changes: an instance with its records, or one record named by its key. */
export interface ChangeSubject {
  readonly service: string
  readonly id: string
  readonly records: readonly RawRecord[]
}

/** Results of a record, the worst last. */
const RANK: readonly Outcome['result'][] = [
  'done',
  'absent',
  'unsupported',
  'changed',
  'not-attempted',
  'failed',
  'in-doubt',
]

const REASON: Readonly<Partial<Record<Outcome['result'], string>>> = {
  changed: 'changed since it was read; left as it is',
  absent: 'gone since it was read',
}

export function subjectOf(entry: Entry): ChangeSubject {
  const { service } = entry
  if (entry.is === 'instance') return { service, id: entry.instance.id, records: entry.records }
  return { service, id: (entry.is === 'malformed' && entry.problem.id) || '', records: [entry.record] }
}

/** The result that a dry run prints for a subject. */
export function planned(action: WriteItem['action'], { service, id, records }: ChangeSubject): WriteItem {
  return { action, service, id, keys: records.map((record) => record.id), result: 'planned' }
}

/** The result of a subject: the worst of its records' results. */
export function itemOf(
  action: WriteItem['action'],
  { service, id, records }: ChangeSubject,
  outcomes: ReadonlyMap<string, Outcome>,
): WriteItem {
  const own = records.flatMap((record) => outcomes.get(record.id) ?? [])
  const worst = own.toSorted((a, b) => RANK.indexOf(b.result) - RANK.indexOf(a.result))[0]
  const result = worst?.result ?? 'done'
  const message = worst?.error ? messageOf(worst.error) : REASON[result]
  const item = { action, service, id, keys: records.map((record) => record.id), result }
  return message === undefined ? item : { ...item, message }
}

/**
 * Prints results, then the hints of their errors, and returns the exit status.
 * @throws the error that stopped all of it alike, unless something is in doubt
 */
export async function writeOutcomes(
  context: Context,
  items: readonly WriteItem[],
  outcomes: ReadonlyMap<string, Pick<Restored, 'result' | 'error'>>,
): Promise<number> {
  const errors = [...outcomes.values()].flatMap(({ error }) => (error instanceof RollcallError ? error : []))
  const [first] = errors
  const alike = errors.every(({ code }) => code === first?.code)
  const stopped = first && alike && errors.length === outcomes.size
  const inDoubt = [...outcomes.values()].some(({ result }) => result === 'in-doubt')
  if (stopped && !inDoubt) throw first
  const written = await writeResults(context, items)
  const status = stopped ? statusOf(first.code) : written
  if (inDoubt) await context.say(`in doubt: ${[...new Set(errors.map(messageOf))].join('; ')}`)
  for (const hint of new Set(errors.flatMap((error) => error.hint ?? []))) await context.say(hint)
  return status
}

/** The subjects of a change, and the word for the change in results. */
export interface Work {
  readonly action: WriteItem['action']
  readonly subjects: readonly ChangeSubject[]
}

/**
 * Collects outcomes by record id. When it is interrupted, it prints the known results and how many are not known.
 * @throws what stopped it
 */
export async function collectFor(
  context: Context,
  { action, subjects }: Work,
  outcomes: AsyncIterable<Outcome> | readonly Outcome[],
): Promise<Map<string, Outcome>> {
  const byId = new Map<string, Outcome>()
  try {
    for await (const outcome of outcomes) byId.set(outcome.id, outcome)
    return byId
  } catch (error) {
    const known = subjects.filter(({ records }) => records.every(({ id }) => byId.has(id)))
    const open = subjects.length - known.length
    const items = known.map((subject) => itemOf(action, subject, byId))
    if (items.length > 0) await writeResults(context, items)
    await context.say(
      `interrupted: ${amount(known.length, 'instance')} above; ${grouped(open)} not attempted or without a response`,
    )
    throw error
  }
}

/** Collects outcomes by record id. */
export async function collect(outcomes: AsyncIterable<Outcome> | readonly Outcome[]): Promise<Map<string, Outcome>> {
  const byId = new Map<string, Outcome>()
  for await (const outcome of outcomes) byId.set(outcome.id, outcome)
  return byId
}
