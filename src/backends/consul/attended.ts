import { setTimeout as delay } from 'node:timers/promises'
import { anyOf } from '../../model/signals.ts'

interface AttendOptions {
  readonly signal: AbortSignal | undefined
  /** Milliseconds of silence between two pulses. */
  readonly every: number
}

/**
 * A query that waits for news is as silent on an agent that is frozen, or whose cluster has lost its leader, as on one with
 * no news: so now and then it is asked for a sign of life, and the query fails when that fails.
 */
export async function attended<T>(
  query: (signal: AbortSignal) => Promise<T>,
  pulse: (signal: AbortSignal) => Promise<void>,
  { signal, every }: AttendOptions,
): Promise<T> {
  const over = new AbortController()
  const both = anyOf(signal, over.signal)
  const attend = async (): Promise<never> => {
    for (;;) {
      await delay(every, undefined, { signal: both })
      await pulse(both)
    }
  }
  try {
    return await Promise.race([query(both), attend()])
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    over.abort()
  }
}
