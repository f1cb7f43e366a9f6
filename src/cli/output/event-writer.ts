import type { Output } from '../io.ts'
import type { Colours } from './colours.ts'
import { chooseFields } from './columns.ts'
import { API_VERSION, jsonLine, loadYaml } from './documents.ts'
import { type ShownEvent, eventItem, eventJson, eventLine } from './events.ts'
import type { OutputOptions } from './options.ts'

/** The output formats of commands that run until they are stopped. */
export const EVENT_FORMATS = ['table', 'json', 'ndjson', 'yaml'] as const
export type EventFormat = (typeof EVENT_FORMATS)[number]

/** How events are shown: as a line for people, and as fields of a kind for programs. */
export interface EventForm<Event> {
  readonly kind: string
  readonly line: (event: Event) => string
  readonly item: (event: Event) => object
  /** The `jsonLine` of the item, where it can be had more cheaply. */
  readonly json?: (event: Event) => string
}

/** Events on their way out. */
export interface EventWriter<Event = ShownEvent> {
  /** Takes an event; there is something to wait for only when the reader is far behind. */
  write(event: Event): Promise<void> | undefined
  /** Resolves when all of them are written; rejects when the reader is gone. */
  flushed(): Promise<void>
  /** Rejects as soon as the reader is gone. */
  readonly gone: Promise<never>
}

const CHUNK = 64 * 1024

/** Writes the events of a watch, with the times at which they are given to it. @throws RollcallError `usage` for unknown `--fields` */
export function eventWriter(
  stdout: Output,
  output: OutputOptions<EventFormat>,
  colours: Colours,
  now: () => number,
): Promise<EventWriter> {
  return streamWriter(stdout, output, {
    kind: 'Event',
    line: (event) => eventLine(event, now(), colours),
    item: (event) => eventItem(event, now()),
    json: (event) => eventJson(event, now()),
  })
}

/**
 * Writes each event as soon as it comes, those that come together at once: a line each; json with apiVersion and
 * kind, ndjson without; yaml a document each. @throws RollcallError `usage` for unknown `--fields`
 */
export async function streamWriter<Event>(
  stdout: Output,
  output: OutputOptions<EventFormat>,
  form: EventForm<Event>,
): Promise<EventWriter<Event>> {
  const text = await encoderFor(output, form)
  let held = ''
  let writing = Promise.resolve()
  let leave: ((error: unknown) => void) | undefined
  const gone = new Promise<never>((_, reject) => {
    leave = reject
  })
  const flush = (): Promise<void> => {
    const chunk = held
    held = ''
    if (chunk !== '') writing = writing.then(() => stdout.write(chunk))
    writing.catch((error: unknown) => leave?.(error))
    return writing
  }
  const flushSoon = (): void => void flush()
  gone.catch(() => {}) // an unhandled rejection would end the process; whoever awaits it still gets it
  return {
    write(event) {
      if (held === '') setImmediate(flushSoon)
      held += text(event)
      return held.length >= CHUNK ? flush() : undefined
    },
    flushed: flush,
    gone,
  }
}

async function encoderFor<Event>(
  { format, fields: names }: OutputOptions<EventFormat>,
  { kind, line, item, json }: EventForm<Event>,
): Promise<(event: Event) => string> {
  const fields = await chooseFields(kind, names)
  if (format === 'table') return (event) => `${line(event)}\n`
  if (format === 'ndjson' && names === undefined && json) return (event) => `${json(event)}\n`
  if (format === 'ndjson') return (event) => `${jsonLine(fields(item(event)))}\n`
  const whole = (event: Event) => ({ apiVersion: API_VERSION, kind, ...fields(item(event)) })
  if (format === 'json') return (event) => `${jsonLine(whole(event))}\n`
  const toYaml = await loadYaml()
  return (event) => `---\n${toYaml(whole(event))}`
}
