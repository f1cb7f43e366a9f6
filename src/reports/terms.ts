import { RollcallError } from '../model/errors.ts'
import { commaSeparated } from './comma-separated.ts'

/** A test of one value, such as the host of an endpoint. */
export type Term<Value> = (value: Value) => boolean

/** The values of a selector's flag: `v1.*`, `!v1.4.1`. */
export interface Terms<Value> {
  /** One of them has to hold; none where there are none. */
  readonly wanted: readonly Term<Value>[]
  /** Those behind a `!`: none of them may hold. */
  readonly unwanted: readonly Term<Value>[]
}

/** Reads a flag that may be repeated, or hold several values with commas between. @throws RollcallError `usage` for an empty value */
export function parseTerms<Value>(
  given: readonly string[] | undefined,
  flag: string,
  termOf: (word: string) => Term<Value>,
): Terms<Value> {
  const words = signedWords(given, flag)
  const termsOf = (isWanted: boolean) =>
    words.filter((each) => each.isWanted === isWanted).map(({ word }) => termOf(word))
  return { wanted: termsOf(true), unwanted: termsOf(false) }
}

/** The words of a flag, and whether each stands without a `!`. @throws RollcallError `usage` for an empty one */
export function signedWords(
  given: readonly string[] | undefined,
  flag: string,
): { readonly word: string; readonly isWanted: boolean }[] {
  return commaSeparated(given, flag).map((value) => {
    if (!value.startsWith('!')) return { word: value, isWanted: true }
    const word = value.slice(1).trim()
    if (word !== '') return { word, isWanted: false }
    throw new RollcallError('usage', `${flag} has a "!" without a value`, { hint: `write for example ${flag} '!dev'` })
  })
}

/** Whether the values of an instance fit; a list of no terms fits whatever there is. */
export function fits<Value>({ wanted, unwanted }: Terms<Value>, values: readonly Value[]): boolean {
  if (unwanted.some((term) => values.some(term))) return false
  return wanted.length === 0 || wanted.some((term) => values.some(term))
}

/** Whether they ask nothing. */
export function asksNothing({ wanted, unwanted }: Terms<never>): boolean {
  return wanted.length === 0 && unwanted.length === 0
}
