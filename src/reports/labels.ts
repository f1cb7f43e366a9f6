import { RollcallError } from '../model/errors.ts'
import type { Metadata } from '../model/instance.ts'

/** One condition on metadata, as kubectl's selectors have them. */
export type LabelCondition =
  | { readonly is: 'in'; readonly key: string; readonly values: readonly string[] }
  | { readonly is: 'not-in'; readonly key: string; readonly values: readonly string[] }
  | { readonly is: 'present'; readonly key: string }
  | { readonly is: 'absent'; readonly key: string }

const SET = /^(\S+)\s+(in|notin)\s*\((.*)\)$/s
const EQUAL = /^([^=!\s]+)\s*(==|=|!=)\s*(.*)$/s
const KEY = /^(!?)\s*([^=!(),\s]+)$/

/**
 * The conditions of `k=v,k!=v,k in (a,b),k notin (a,b),k,!k`. All must hold.
 * @throws RollcallError `usage`
 */
export function parseLabels(text: string): LabelCondition[] {
  return splitOutsideBrackets(text).map((term) => parseTerm(term.trim(), text))
}

/** As in kubectl, an instance without the key passes `k!=v` and `k notin (v)`. */
export function hasLabel(condition: LabelCondition, metadata: Metadata): boolean {
  const value = Object.hasOwn(metadata, condition.key) ? metadata[condition.key] : undefined
  switch (condition.is) {
    case 'present':
      return value !== undefined
    case 'absent':
      return value === undefined
    case 'in':
      return value !== undefined && condition.values.includes(value)
    default:
      return value === undefined || !condition.values.includes(value)
  }
}

function parseTerm(term: string, whole: string): LabelCondition {
  const set = SET.exec(term)
  if (set) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim())
    return { is: set[2] === 'in' ? 'in' : 'not-in', key: set[1] ?? '', values }
  }
  const equal = EQUAL.exec(term)
  if (equal) return { is: equal[2] === '!=' ? 'not-in' : 'in', key: equal[1] ?? '', values: [equal[3] ?? ''] }
  const key = KEY.exec(term)
  if (key) return { is: key[1] ? 'absent' : 'present', key: key[2] ?? '' }
  throw new RollcallError('usage', `--selector "${whole}" cannot be read at "${term}"`, {
    hint: 'write k=v, k!=v, "k in (a,b)", "k notin (a,b)", k or !k, with commas between',
  })
}

function splitOutsideBrackets(text: string): string[] {
  return text.split(/,(?![^(]*\))/)
}
