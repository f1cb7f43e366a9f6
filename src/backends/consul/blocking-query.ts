import { setTimeout as delay } from 'node:timers/promises'
import { anyOf } from '../../model/signals.ts'

/** How long a query waits for news, in times of what a request may take; and milliseconds at most. */
const PATIENCE = 12
const LONGEST = 300_000

/** What a query may say beside what it asks for. */
export interface QueryOptions {
  readonly signal?: AbortSignal | undefined
  /** Waits until there is something newer, but no longer than `wait` milliseconds. */
  readonly after?: { readonly index: string; readonly wait: number }
  /**
   * Asks a leader that knows all that was ever registered. By default a new leader, or a server just started, answers from
   * what it has read of its log so far, and that may be nothing.
   */
  readonly upToDate?: boolean
}

/** One query that waits for news, again and again. */
export class BlockingQuery<T extends { readonly index: string | undefined }> {
  readonly #ask: (options: QueryOptions) => Promise<T>
  readonly #wait: number
  #index: bigint | undefined

  /** `timeout`: milliseconds that a request may take. */
  constructor(ask: (options: QueryOptions) => Promise<T>, timeout: number) {
    this.#ask = ask
    this.#wait = Math.min(timeout * PATIENCE, LONGEST)
  }

  /**
   * What there is, at once the first time and after a failure; then when there is something newer, or, with
   * undefined, when there was nothing for a while.
   */
  async next(signal: AbortSignal): Promise<T | undefined> {
    const before = this.#index
    // An agent that comes back may have another log: then the old index would wait for nothing.
    this.#index = undefined
    let answer = await this.#ask(
      before === undefined
        ? { upToDate: true, signal }
        : { after: { index: String(before), wait: this.#wait }, signal },
    )
    // The index goes backwards when servers are restored, and where a leader has not caught up.
    if (before !== undefined && indexOf(answer) < before) answer = await this.#ask({ upToDate: true, signal })
    const index = indexOf(answer)
    // 0 would make the next query return at once, for ever.
    this.#index = index > 0n ? index : 1n
    return index === before ? undefined : answer
  }
}

function indexOf({ index }: { readonly index: string | undefined }): bigint {
  return BigInt(index ?? 0)
}

/**
 * A query that waits for news is as silent at an agent that is frozen, or whose cluster has lost its leader, as at one without
 * news. So its agent is probed after every `every` milliseconds, and the query fails when a probe fails.
 */
export async function queryWithProbe<T>(
  query: (signal: AbortSignal) => Promise<T>,
  probe: (signal: AbortSignal) => Promise<void>,
  { signal, every }: { readonly signal: AbortSignal | undefined; readonly every: number },
): Promise<T> {
  const over = new AbortController()
  const both = anyOf(signal, over.signal)
  const probes = async (): Promise<never> => {
    for (;;) {
      await delay(every, undefined, { signal: both })
      await probe(both)
    }
  }
  try {
    return await Promise.race([query(both), probes()])
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    over.abort()
  }
}
