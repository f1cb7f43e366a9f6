import type { InstanceEntry } from '../../model/reading.ts'
import { FILE_FORMAT } from '../../model/file-format.ts'
import { type InstanceDetail, besideInstance, instanceItem } from '../../reports/instances.ts'
import type { Output } from '../io.ts'
import { type Encoder, type Frame, type ListFacts, chooseFields } from './columns.ts'
import { cleanQuoted, isUnsafe } from './text.ts'

export const API_VERSION = FILE_FORMAT

const FIRST: Frame = ['\n', '']
const FURTHER: Frame = [',\n', '']
const ALONE: Frame = ['', '\n']

/**
 * One list object, an item a line. What is known only at the end (revision, malformed) follows the items, so
 * that a list of any length is written while it is read.
 */
export function jsonEncoder(kind: string): Encoder<object> {
  let rows = 0
  const frame = () => (rows++ === 0 ? FIRST : FURTHER)
  return {
    open: () => `{"apiVersion":"${API_VERSION}","kind":"${kind}","items":[`,
    row: (item) => frame()[0] + jsonLine(item),
    frame,
    close: (facts) =>
      `${rows === 0 ? ']' : '\n]'}${jsonLine(factsOf(facts))
        .replace(/^\{(?=.)/, ',')
        .replace(/^,\}$/, '}')}\n`,
  }
}

/** The items alone, one a line. */
export const ndjsonEncoder: Encoder<object> = {
  open: () => '',
  row: (item) => `${jsonLine(item)}\n`,
  frame: () => ALONE,
  close: () => '',
}

/** JSON on one line; control and invisible characters escaped, so that it is safe on a terminal. */
export function jsonLine(value: unknown): string {
  return cleanQuoted(JSON.stringify(value))
}

/** JSON for a single thing. */
export function jsonText(value: unknown): string {
  return `${cleanQuoted(JSON.stringify(value, null, 2))}\n`
}

/** The fields of a list that are not its items, in order. */
export function factsOf({ asOf, revision, malformed, foreign, also }: ListFacts): Record<string, unknown> {
  return {
    ...(asOf === undefined ? {} : { asOf: new Date(asOf).toISOString() }),
    ...(revision === undefined ? {} : { revision }),
    ...(malformed === undefined ? {} : { malformed }),
    ...(foreign === undefined ? {} : { foreign }),
    ...also,
  }
}

/** The `jsonLine` of an instance's item. The JSON of the instance itself is taken from the record, which nearly always has it. */
export function instanceLine(entry: InstanceEntry, detail: InstanceDetail): string {
  const { json } = entry
  // A runner of CI would take some words behind two of these for a command.
  if (json === undefined || json.includes('##')) return jsonLine(instanceItem(entry, detail))
  return `${json.slice(0, -1)},${jsonLine(besideInstance(entry, detail)).slice(1)}`
}

/** Turns plain data into YAML. */
export type ToYaml = (value: unknown) => string

/** JSON without an escape and without a foreign letter: its YAML holds nothing unsafe either. */
const HARMLESS_JSON = /^[\x20-\x5b\x5d-\x7e]*$/
/** Parsers of YAML 1.1 read more words as something else than text (`yes`, `12:30:45`, `<<`): those are quoted, too. */
const DOCUMENT = { aliasDuplicateObjects: false, compat: 'yaml-1.1' } as const
/** The one of those words that the library does not know. */
const DEFAULT_VALUE = '='
/** That word, and what would command a CI runner. */
const NEEDS_CARE = /"="|##|" *::/
const TEXT = { lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER } as const

/** Loads the YAML library, which only `-o yaml` needs. */
export async function loadYaml(): Promise<ToYaml> {
  const { Document, stringify, visit } = await import('yaml')
  return (value) => {
    const json = JSON.stringify(value)
    if (HARMLESS_JSON.test(json) && !NEEDS_CARE.test(json)) return stringify(value, { ...DOCUMENT, ...TEXT })
    const document = new Document(value, DOCUMENT)
    visit(document, {
      Scalar(_, scalar) {
        const text = scalar.value
        // Only in double quotes can every character be escaped.
        if (typeof text === 'string' && (text === DEFAULT_VALUE || isUnsafe(text))) scalar.type = 'QUOTE_DOUBLE'
      },
    })
    return cleanQuoted(document.toString(TEXT))
  }
}

/** One list as one document, its fields in the same order as in JSON. */
export function yamlEncoder(kind: string, toYaml: ToYaml): Encoder<object> {
  let rows = 0
  return {
    open: () => `apiVersion: ${API_VERSION}\nkind: ${kind}\n`,
    row: (item) => `${rows++ === 0 ? 'items:\n' : ''}${toYaml([item])}`,
    close(facts) {
      const rest = factsOf(facts)
      return `${rows === 0 ? 'items: []\n' : ''}${Object.keys(rest).length > 0 ? toYaml(rest) : ''}`
    },
  }
}

export type ThingFormat = 'json' | 'ndjson' | 'yaml'

/** Whether a format is one that `writeThing` writes; the others are text that a command makes itself. */
export function isThingFormat(format: string): format is ThingFormat {
  return format === 'json' || format === 'ndjson' || format === 'yaml'
}

/** Writes a single thing: a bare object with apiVersion and kind; in ndjson the item alone on a line. @throws RollcallError `usage` */
export async function writeThing(
  stdout: Output,
  kind: string,
  thing: object,
  { format, fields }: { readonly format: ThingFormat; readonly fields?: readonly string[] | undefined },
): Promise<void> {
  const chosen = (await chooseFields(kind, fields))(thing)
  const whole = { apiVersion: API_VERSION, kind, ...chosen }
  if (format === 'json') return await stdout.write(jsonText(whole))
  if (format === 'ndjson') return await stdout.write(`${jsonLine(chosen)}\n`)
  const toYaml = await loadYaml()
  await stdout.write(toYaml(whole))
}
