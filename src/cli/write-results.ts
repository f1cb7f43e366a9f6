import type { Registration } from '../backends/backend.ts'
import type { InstanceInit } from '../model/instance.ts'
import type { Outcome, RawRecord } from '../model/record.ts'
import { RollcallError, messageOf } from '../model/errors.ts'
import type { InstanceEntry } from '../model/reading.ts'
import type { Context } from './context.ts'
import { statusOf } from './exit-status.ts'
import { createColours, isThingFormat, listWriter, parseOutput, writeThing, writesTable } from './output/index.ts'

/** What became of one instance or one stored key, as `WriteResult` in JSON. */
export interface WriteItem {
  readonly action: 'register' | 'renew' | 'deregister' | 'offline' | 'online' | 'restore'
  readonly service: string
  readonly id: string
  /** Its records, as `--raw-key` names them. */
  readonly keys: readonly string[]
  readonly result: WriteOutcome
  readonly lease?: string
  /** RFC 3339: when it will be gone unless a heartbeat comes. */
  readonly expiresAt?: string
  readonly message?: string
}

export type WriteOutcome = 'created' | 'renewed' | 'replaced' | 'unchanged' | 'planned' | Outcome['result']

/** Something to change: an instance with its records, or one record by its key. */
export interface Subject {
  readonly service: string
  readonly id: string
  readonly records: readonly RawRecord[]
}

export function subjectOf(entry: InstanceEntry): Subject {
  return { service: entry.service, id: entry.instance.id, records: entry.records }
}

/** What register made or found. */
export function registered({ id, name }: InstanceInit, registration: Registration): WriteItem {
  const { action, records, lease, expiresAt } = registration
  return {
    action: 'register',
    service: name,
    id,
    keys: records.map((record) => record.id),
    result: action,
    ...(lease === undefined ? {} : { lease }),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
  }
}

/** What a dry run says of it. */
export function planned(action: WriteItem['action'], { service, id, records }: Subject): WriteItem {
  return { action, service, id, keys: records.map((record) => record.id), result: 'planned' }
}

/** What the outcomes of its records come to: the worst of them. */
export function writeItem(
  action: WriteItem['action'],
  subject: Subject,
  outcomes: ReadonlyMap<string, Outcome>,
): WriteItem {
  const own = subject.records.flatMap((record) => outcomes.get(record.id) ?? [])
  const rank: Outcome['result'][] = ['done', 'absent', 'unsupported', 'changed', 'failed']
  const worst = own.toSorted((a, b) => rank.indexOf(b.result) - rank.indexOf(a.result))[0]
  return {
    action,
    service: subject.service,
    id: subject.id,
    keys: subject.records.map((record) => record.id),
    result: worst?.result ?? 'done',
    ...(worst?.error ? { message: messageOf(worst.error) } : {}),
  }
}

/** Prints the results and answers the exit status of all of them together. */
export async function writeResults(context: Context, items: readonly WriteItem[]): Promise<number> {
  const output = parseOutput(context.globals)
  const [first] = items
  const { format, fields } = output
  if (items.length === 1 && first && isThingFormat(format)) {
    await writeThing(context.io.stdout, 'WriteResult', first, { format, fields })
  } else {
    const colours = createColours(context.io, context.globals.color)
    const writer = await listWriter(context.io.stdout, {
      kind: 'WriteResultList',
      output,
      table: writesTable,
      colours,
      now: context.now(),
    })
    for (const item of items) await writer.row(item)
    await writer.end()
  }
  return statusOfAll(items)
}

/** 0 when all is done; 5 when a part is; else the status of what stopped all of it. */
export function statusOfAll(items: readonly WriteItem[]): number {
  const undone = items.filter((item) => ['changed', 'failed', 'unsupported'].includes(item.result))
  if (undone.length === 0) return 0
  if (undone.length < items.length) return statusOf('partial')
  if (undone.every((item) => item.result === 'changed')) return statusOf('conflict')
  if (undone.every((item) => item.result === 'unsupported')) return statusOf('unsupported')
  return statusOf('partial')
}

/** Outcomes by record id. */
export async function collect(outcomes: AsyncIterable<Outcome> | readonly Outcome[]): Promise<Map<string, Outcome>> {
  const byId = new Map<string, Outcome>()
  for await (const outcome of outcomes) byId.set(outcome.id, outcome)
  return byId
}

/** @throws RollcallError `usage` for a command that was given nothing to do. */
export function requireSome(subjects: readonly Subject[], what: string): void {
  if (subjects.length === 0) throw new RollcallError('usage', `nothing to ${what}`, { hint: 'name <service>/<id>' })
}
