import type { InstanceEntry } from '../model/reading.ts'
import type { WaitCondition, WaitState } from './wait.ts'

const KINDS_NAMED = 5

/** How things stand, and what is not as it is to be: `0 of 10 up match version=v9 (v1.4.2 ×7, v1.4.1 ×3), at least 3 wanted`. */
export function stateOf(all: readonly InstanceEntry[], condition: WaitCondition): WaitState {
  const { min, max = Number.POSITIVE_INFINITY, selection } = condition
  const entries = selection ? all.filter((entry) => selection.test(entry)) : all
  const counted = entries.filter((entry) => counts(condition, entry))
  const others = selection ? tally(unselected(all, condition), selection.differenceOf) : {}
  const state = {
    entries,
    counted: counted.length,
    candidates: all.filter((entry) => counts(condition, entry)).length,
    others,
  }
  if (counted.length < min) {
    const rest = [...listed(others), ...statusWords(entries, condition)]
    const why = rest.length > 0 ? ` (${rest.join(', ')})` : ''
    return { ...state, failed: `${inWords(state, condition)}${why}, at least ${min} wanted` }
  }
  if (counted.length <= max) return { ...state, failed: undefined }
  return { ...state, failed: `${inWords(state, condition)}, at most ${max} wanted` }
}

/** `2 up`, `none up`, `0 of 10 up match version=v9`. */
export function inWords(
  { counted, candidates }: Pick<WaitState, 'counted' | 'candidates'>,
  { statuses, selection }: WaitCondition,
): string {
  const kind = statuses?.join(' or ')
  if (selection && candidates > 0) return `${counted} of ${candidates} ${kind ?? 'instances'} match ${selection.words}`
  if (kind !== undefined) return `${counted || 'none'} ${kind}`
  return counted === 0 ? 'no instance' : `${counted} instance${counted === 1 ? '' : 's'}`
}

function counts({ statuses }: WaitCondition, { observed }: InstanceEntry): boolean {
  return statuses?.includes(observed.status) ?? true
}

/** What would count, but for the selectors. */
function unselected(all: readonly InstanceEntry[], condition: WaitCondition): InstanceEntry[] {
  return all.filter((entry) => counts(condition, entry) && !condition.selection?.test(entry))
}

/** `2 down`: those that the selectors fit and whose status does not count. */
function statusWords(entries: readonly InstanceEntry[], condition: WaitCondition): string[] {
  const uncounted = entries.filter((entry) => !counts(condition, entry))
  const match = condition.selection ? ' match' : ''
  return Object.entries(tally(uncounted, ({ observed }) => observed.status)).map(
    ([status, count]) => `${count} ${status}${match}`,
  )
}

/** The most frequent first. */
function tally(entries: readonly InstanceEntry[], of: (entry: InstanceEntry) => string): Record<string, number> {
  const counted = new Map<string, number>()
  for (const entry of entries) counted.set(of(entry), (counted.get(of(entry)) ?? 0) + 1)
  return Object.fromEntries([...counted].sort(([, a], [, b]) => b - a))
}

function listed(counted: Readonly<Record<string, number>>): string[] {
  const words = Object.entries(counted).map(([what, count]) => `${what} ×${count}`)
  const more = words.length - KINDS_NAMED
  return more > 0 ? [...words.slice(0, KINDS_NAMED), `and ${more} more`] : words
}
