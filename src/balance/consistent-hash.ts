import { hash } from 'node:crypto'
import type { Candidate } from './candidate.ts'

/**
 * The same candidate for the same text, as long as it is there: each is scored with the text, and the highest wins. When
 * one goes, only what it had moves. Source: Thaler and Ravishankar, rendezvous hashing, 1998.
 */
export function consistentHash<C extends Candidate>(candidates: readonly C[], text: string): C | undefined {
  const scored = candidates.map((candidate) => ({ candidate, score: hash('sha1', `${candidate.key}\0${text}`) }))
  const [first] = scored
  if (!first) return undefined
  return scored.reduce((best, each) => (each.score > best.score ? each : best), first).candidate
}
