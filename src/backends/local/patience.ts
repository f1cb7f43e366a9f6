import { setTimeout as delay } from 'node:timers/promises'
import { isBusy } from './sqlite-error.ts'

/** Milliseconds for which a locked file is tried again: far more than a queue of a hundred writers needs. */
const PATIENCE = 30_000
const LONGEST_PAUSE = 64

/** Tries again, at random intervals, while other processes hold the file. */
export async function patiently<T>(attempt: () => T, signal?: AbortSignal): Promise<T> {
  const end = performance.now() + PATIENCE
  for (let pause = 2; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    signal?.throwIfAborted()
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error
    }
    await delay(Math.random() * pause, undefined, { signal }).catch(() => {})
  }
}
