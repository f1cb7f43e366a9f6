import { cleanQuoted, isUnsafe } from './clean.ts'
import type { Encoder } from './encoder.ts'
import { API_VERSION, factsOf } from './json.ts'

/** Any plain data as YAML. Loaded only when asked for. */
export type ToYaml = (value: object) => string

/** JSON without an escape and without a foreign letter: its YAML holds nothing unsafe either. */
const HARMLESS_JSON = /^[\x20-\x5b\x5d-\x7e]*$/
const DOCUMENT = { aliasDuplicateObjects: false } as const
const TEXT = { lineWidth: 0, doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER } as const

export async function loadYaml(): Promise<ToYaml> {
  const { Document, stringify, visit } = await import('yaml')
  return (value) => {
    if (HARMLESS_JSON.test(JSON.stringify(value))) return stringify(value, { ...DOCUMENT, ...TEXT })
    const document = new Document(value, DOCUMENT)
    visit(document, {
      Scalar(_, scalar) {
        // Only in double quotes can every character be escaped.
        if (typeof scalar.value === 'string' && isUnsafe(scalar.value)) scalar.type = 'QUOTE_DOUBLE'
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
