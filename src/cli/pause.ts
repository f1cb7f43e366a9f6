import { setTimeout as sleep } from 'node:timers/promises'
import { LONGEST } from '../model/signals.ts'

/** @throws the signal's reason when it ends early. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.min(milliseconds, LONGEST), undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
