import { escapeKey } from '../model/key.ts'
import type { Problem, ProblemCode, Reading } from '../model/reading.ts'
import type { GoJson, GoStruct } from './go-json.ts'
import type { Stored } from './layout.ts'
import type { StoredKey } from './stored-key.ts'

/** What could be read of a record that no client can use. */
export interface Known {
  readonly id?: string
  readonly name?: string
  readonly endpoints?: readonly string[]
}

/** The reading of a record that no client can use. What comes from the record is escaped in `message` and `culprit`; the message does not repeat the key, which stands beside it. */
export function malformed(code: ProblemCode, message: string, culprit: string, known: Known): Reading {
  const problem: Problem = {
    code,
    message,
    ...(culprit !== '' && { culprit }),
    ...(known.id && { id: known.id }),
    ...(known.name && { name: known.name }),
    ...(known.endpoints?.length && { endpoints: known.endpoints }),
  }
  return { is: 'malformed', problem }
}

/** What makes the key alone unusable, whatever the value says. */
export function keyProblem(key: StoredKey | undefined, stored: Stored, known: Known): Reading | undefined {
  if (key && key.name !== '' && key.id !== '') return undefined
  const text = escapeKey(stored.key)
  if (!key) return malformed('short-key', `the key is not under ${stored.prefix}/`, text, known)
  if (key.name === '')
    return malformed('empty-name', 'the key has no service name', printable(`${stored.prefix}//`), known)
  return malformed('empty-id', 'the key has no instance id', text, known)
}

/** A key that ends with the service's name. */
export function shortKey(stored: Stored, known: Known): Reading {
  return malformed('short-key', 'the key has a service name and no instance id', escapeKey(stored.key), known)
}

/** The key's name does not begin with the value's name. */
export function nameMismatch(name: string, known: Known): Reading {
  const shown = printable(name)
  const message = `the value names the service "${shown}", its key another one: no client finds it`
  return malformed('name-mismatch', message, shown, known)
}

/** What makes a value unusable that should be a JSON object. */
export function valueProblem(json: GoJson<GoStruct>, stored: Stored, known: Known): Reading | undefined {
  if (json.is === 'null')
    return malformed('null-value', 'the value is null, which panics Kratos clients', 'null', known)
  if (json.is === 'wrong-type') return malformed('wrong-type', printable(json.message), printable(json.culprit), known)
  if (json.is !== 'not-json') return undefined
  const message = stored.value.length === 0 ? 'the value is empty' : `the value is not JSON: ${json.message}`
  return malformed('not-json', message, excerpt(stored.value), known)
}

const EXCERPT_BYTES = 60

/** The beginning of a value, for people. */
export function excerpt(value: Uint8Array): string {
  const start = escapeKey(value.subarray(0, EXCERPT_BYTES))
  return value.length > EXCERPT_BYTES ? `${start}…` : start
}

/** Text from a record, so that it can go to a terminal. */
export function printable(text: string): string {
  return escapeKey(Buffer.from(text))
}
