import { setTimeout as sleep } from 'node:timers/promises'
import { isSilence } from '../backends/contract/outcome.ts'
import { RollcallError } from '../model/errors.ts'
import { LONGEST } from '../model/signals.ts'

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

/** Whether the registry is merely away, so that the same request can succeed later. */
export function isAway(error: unknown): error is RollcallError {
  return error instanceof RollcallError && isSilence(error)
}
