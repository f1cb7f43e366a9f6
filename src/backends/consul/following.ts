import type { QueryOptions } from './catalogue.ts'

/** How long a query waits for news, in times of what a request may take; and milliseconds at most. */
const PATIENCE = 12
const LONGEST = 300_000

/** One blocking query, again and again. */
export class Following<T extends { readonly index: string | undefined }> {
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
