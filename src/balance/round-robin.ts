import type { Candidate } from './candidate.ts'

/**
 * The one after the one chosen last, in the order of their keys; the first where nothing was chosen yet. It knows the last
 * by its key and not by its place, so that none is passed over when others come and go.
 */
export function roundRobin<C extends Candidate>(candidates: readonly C[], last?: string): C | undefined {
  const ordered = candidates.toSorted((a, b) => (a.key < b.key ? -1 : 1))
  return ordered.find(({ key }) => last === undefined || key > last) ?? ordered[0]
}
