import type { FieldChange, WatchEvent } from '../../model/change.ts'
import { withoutPassword } from '../../model/endpoint-secret.ts'
import type { InstanceEntry, MalformedEntry, ProblemCode } from '../../model/reading.ts'
import { readableChange } from '../../reports/difference.ts'
import { type InstanceItem, instanceItem } from '../../reports/instances.ts'
import { type Colours, type Tone, toneOfStatus } from './colours.ts'
import { instanceLine, jsonLine } from './documents.ts'
import { clean, cleanQuoted } from './text.ts'

/** An event as JSON shows it. */
export interface EventItem {
  readonly type: 'snapshot' | 'synced' | 'added' | 'updated' | 'removed' | 'malformed' | 'gap'
  /** RFC 3339: when we learnt of it. */
  readonly at: string
  readonly revision?: string
  readonly instance?: InstanceItem
  readonly changes?: readonly FieldChange[]
  /** Of malformed, with the id and the lease as far as they are known. */
  readonly service?: string
  readonly id?: string
  readonly key?: string
  readonly lease?: string
  readonly problem?: ProblemCode
  readonly message?: string
  /** Of malformed: the record was removed, or can be used now. */
  readonly gone?: true
}

/** The events that are printed. The state of the connection (`link`) is reported on standard error instead. */
export type ShownEvent = Exclude<WatchEvent, { type: 'link' }>

const MARKS: Readonly<Record<EventItem['type'], readonly [mark: string, tone: Tone]>> = {
  snapshot: ['=', 'quiet'],
  synced: ['#', 'quiet'],
  added: ['+', 'good'],
  updated: ['~', 'notice'],
  removed: ['-', 'bad'],
  malformed: ['!', 'bad'],
  gap: ['!', 'bad'],
}

/** `at`: when we learnt of it, in milliseconds since 1970. */
export function eventItem(event: ShownEvent, at: number): EventItem {
  if (event.type === 'gap') return { type: event.type, at: timeText(at), message: event.message }
  return {
    type: event.type,
    at: timeText(at),
    ...('revision' in event && event.revision !== undefined ? { revision: event.revision } : {}),
    ...('entry' in event ? { instance: instanceItem(event.entry) } : {}),
    ...('changes' in event ? { changes: event.changes.map(readableChange) } : {}),
    ...(event.type === 'malformed' ? malformedFields(event.malformed, event.gone) : {}),
  }
}

function malformedFields({ service, problem, record }: MalformedEntry, gone?: true): Partial<EventItem> {
  return {
    service,
    ...(problem.id !== undefined && { id: problem.id }),
    key: record.id,
    ...(record.lease !== undefined && { lease: record.lease }),
    problem: problem.code,
    message: problem.message,
    ...(gone && { gone }),
  }
}

/** The `jsonLine` of an event's item, which takes the JSON of the instance from its record where that has it. */
export function eventJson(event: ShownEvent, at: number): string {
  if (!('entry' in event)) return jsonLine(eventItem(event, at))
  const revision =
    'revision' in event && event.revision !== undefined
      ? `,"revision":${cleanQuoted(JSON.stringify(event.revision))}`
      : ''
  const changes = 'changes' in event ? `,"changes":${jsonLine(event.changes.map(readableChange))}` : ''
  return `{"type":"${event.type}","at":"${timeText(at)}"${revision},"instance":${instanceLine(event.entry, {})}${changes}}`
}

/** One line without its end: `~ updated   10:02:11  svc/id  version v1 → v2`, with the time of day here, which a snapshot needs not. */
export function eventLine(event: ShownEvent, at: number, colours: Colours): string {
  const [mark, tone] = MARKS[event.type]
  const time = event.type === 'snapshot' ? '' : `${colours('quiet', new Date(at).toTimeString().slice(0, 8))}  `
  return `${colours(tone, `${mark} ${event.type.padEnd(8)}`)}  ${time}${textOf(event, colours)}`.trimEnd()
}

let last = { at: Number.NaN, text: '' }

/** Many events come in the same millisecond. */
function timeText(at: number): string {
  if (at !== last.at) last = { at, text: new Date(at).toISOString() }
  return last.text
}

function textOf(event: ShownEvent, colours: Colours): string {
  switch (event.type) {
    case 'gap':
      return clean(event.message)
    case 'synced':
      return event.revision === undefined ? '' : `at revision ${clean(event.revision)}`
    case 'malformed':
      return clean(`${event.malformed.record.id}  ${event.gone ? 'gone' : event.malformed.problem.message}`)
    case 'removed':
      return nameOf(event.entry)
    case 'updated':
      return [nameOf(event.entry), event.changes.map(changeText).join(', ')].join('  ')
    default:
      return entryText(event.entry, colours)
  }
}

function entryText(entry: InstanceEntry, colours: Colours): string {
  const { instance, observed } = entry
  const status = colours(toneOfStatus(observed.status), observed.status)
  return [nameOf(entry), status, clean(instance.version), clean(instance.endpoints.map(withoutPassword).join(','))]
    .filter(Boolean)
    .join('  ')
}

function nameOf({ service, instance }: InstanceEntry): string {
  return clean(`${service}/${instance.id}`)
}

/** `version v1 → v2`; the field alone where a journal has kept no values, because they were too long. */
export function changeText(change: FieldChange): string {
  const { field, from, to } = readableChange(change)
  if (from === undefined && to === undefined) return clean(field)
  return clean(`${field} ${valueText(from)} → ${valueText(to)}`)
}

function valueText(value: unknown): string {
  if (value === undefined || value === '') return '-'
  if (Array.isArray(value))
    return JSON.stringify(value.map((each) => (typeof each === 'string' ? withoutPassword(each) : each)))
  return typeof value === 'string' ? value : JSON.stringify(value)
}
