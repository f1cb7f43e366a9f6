import type { Output } from '../io.ts'
import type { Colours } from './colours.ts'
import { type ShownEvent, eventItem, eventLine } from './events.ts'
import { chooseFields } from './fields.ts'
import { API_VERSION, jsonLine } from './json.ts'
import type { OutputOptions } from './options.ts'
import { loadYaml } from './yaml.ts'

/** The formats of what has no end. */
export const EVENT_FORMATS = ['table', 'json', 'ndjson', 'yaml'] as const
export type EventFormat = (typeof EVENT_FORMATS)[number]

/**
 * Writes each event as soon as it comes: a line each; json with apiVersion and kind, ndjson without; yaml a document
 * each. @throws RollcallError `usage` for unknown `--fields`
 */
export async function eventWriter(
  stdout: Output,
  output: OutputOptions<EventFormat>,
  colours: Colours,
): Promise<(event: ShownEvent) => Promise<void>> {
  const fields = chooseFields('Event', output.fields)
  const text = await encoderFor(output.format, colours, fields)
  return (event) => stdout.write(text(event))
}

async function encoderFor(
  format: EventFormat,
  colours: Colours,
  fields: (item: object) => object,
): Promise<(event: ShownEvent) => string> {
  if (format === 'table') return (event) => `${eventLine(event, colours)}\n`
  if (format === 'ndjson') return (event) => `${jsonLine(fields(eventItem(event)))}\n`
  const whole = (event: ShownEvent) => ({ apiVersion: API_VERSION, kind: 'Event', ...fields(eventItem(event)) })
  if (format === 'json') return (event) => `${jsonLine(whole(event))}\n`
  const toYaml = await loadYaml()
  return (event) => `---\n${toYaml(whole(event))}`
}
