import { cleanQuoted } from './clean.ts'
import type { Encoder, ListFacts } from './encoder.ts'

export const API_VERSION = 'rollcall/v1'

/**
 * One list object, an item a line. What is known only at the end (revision, malformed) stands behind the items, so
 * that a list of any length is written while it is read.
 */
export function jsonEncoder(kind: string): Encoder<object> {
  let rows = 0
  const line = (json: string) => `${rows++ === 0 ? '\n' : ',\n'}${json}`
  return {
    open: () => `{"apiVersion":"${API_VERSION}","kind":"${kind}","items":[`,
    row: (item) => line(jsonLine(item)),
    line,
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
  line: (json) => `${json}\n`,
  close: () => '',
}

/** JSON on one line; control and invisible characters escaped, so that it is safe on a terminal. */
export function jsonLine(value: object): string {
  return cleanQuoted(JSON.stringify(value))
}

/** JSON for a single thing. */
export function jsonText(value: object): string {
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
