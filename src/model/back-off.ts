import { setTimeout as sleep } from 'node:timers/promises'
import { LONGEST } from './signals.ts'

/** Milliseconds before the first and between the later attempts. */
export interface BackOff {
  readonly first: number
  readonly most: number
}

/** The delay before attempt `attempt` (1, 2, …): doubled each time, half of it left to chance so that a crowd spreads out. */
export function backOff(attempt: number, { first, most }: BackOff): number {
  const full = Math.min(most, first * 2 ** (attempt - 1))
  return Math.round((full + Math.random() * full) / 2)
}

/** Waits, and keeps the process running meanwhile. Throws the signal's reason when it is aborted. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(Math.min(milliseconds, LONGEST), undefined, signal ? { signal } : {})
  } catch {
    signal?.throwIfAborted()
  }
}
