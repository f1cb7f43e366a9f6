import { setTimeout as sleep } from 'node:timers/promises'

/** The longest that a timer can wait, in milliseconds: some 24 days. */
export const LONGEST = 2 ** 31 - 1

/** @throws the signal's reason when it ends early. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.min(milliseconds, LONGEST), undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
