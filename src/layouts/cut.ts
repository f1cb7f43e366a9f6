import { defaultAbove } from './owner.ts'
import type { Stored } from './layout.ts'
import { keyTextOf } from './stored-key.ts'

export interface CutOptions {
  /** Also where the key ends with the name: in a flat store Kratos finds that. */
  readonly short: boolean
}

/**
 * The prefixes under which a key holds that name as its service, the likeliest first: after some slash comes a segment
 * that begins with the name, and after that a further one. Under a layout's default prefix none above it counts.
 */
export function cutsOf(stored: Stored, { id, name }: { id: string; name: string }, { short }: CutOptions): string[] {
  const key = keyTextOf(stored)
  if (key === undefined || name === '') return []
  const least = defaultAbove(key)
  const cuts: { prefix: string; rank: number }[] = []
  for (let from = key.startsWith('/') ? 1 : 0; from >= 0; from = nextSegment(key, from)) {
    const rank = rankOf(key.slice(from), { id, name }, short)
    const prefix = key.slice(0, Math.max(0, from - 1))
    const counts = least === undefined || prefix === least || prefix.startsWith(`${least}/`)
    if (rank !== undefined && counts) cuts.push({ prefix, rank })
  }
  return cuts.toSorted((a, b) => a.rank - b.rank || b.prefix.length - a.prefix.length).map(({ prefix }) => prefix)
}

function nextSegment(key: string, from: number): number {
  const slash = key.indexOf('/', from)
  return slash < 0 ? -1 : slash + 1
}

/** How well a key without its prefix fits; 0 is exactly, undefined not at all. */
function rankOf(rest: string, { id, name }: { id: string; name: string }, short: boolean): number | undefined {
  if (!rest.startsWith(name)) return undefined
  if (rest === `${name}/${id}`) return 0
  const further = rest.indexOf('/', name.length)
  if (further < 0 || further + 1 === rest.length) return short && rest === name ? 4 : undefined
  if (further > name.length) return 3
  return rest.endsWith(`/${id}`) ? 1 : 2
}
