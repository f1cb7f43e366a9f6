import { cleanQuoted, isUnsafe } from './clean.ts'
import type { Encoder } from './encoder.ts'
import { API_VERSION, factsOf } from './json.ts'

/** Any plain data as YAML. Loaded only when asked for. */
export type ToYaml = (value: object) => string

/** JSON without an escape and without a foreign letter: its YAML holds nothing unsafe either. */
const HARMLESS_JSON = /^[\x20-\x5b\x5d-\x7e]*$/
/** Readers of YAML 1.1 take more words for something else than a text (`yes`, `12:30:45`, `<<`): those are quoted, too. */
const DOCUMENT = { aliasDuplicateObjects: false, compat: 'yaml-1.1' } as const
/** The one of those words that the library does not know. */
const DEFAULT_VALUE = '='
/** That word, and what would command a CI runner. */
const NEEDS_CARE = /"="|##|" *::/
const TEXT = { lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER } as const

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
