import type { WatchEvent } from '../model/change.ts'

export type FeedEvent = Exclude<WatchEvent, { type: 'link' | 'snapshot' }>
export type Listener = (event: FeedEvent) => void

/** Events that are kept for those who come back. */
const KEPT = 10_000

/** Tells every change to all who listen, and keeps the last ones by their revision. */
export class Feed {
  readonly #listeners = new Set<{ tell: Listener; end: () => void }>()
  readonly #kept: FeedEvent[] = []
  /** The revision after which all is kept. */
  #start: string | undefined

  /** Everything after this revision will be told. */
  begin(revision: string | undefined): void {
    this.#start = revision
  }

  tell(event: WatchEvent): void {
    if (event.type === 'link' || event.type === 'snapshot') return
    this.#kept.push(event)
    if (this.#kept.length > 2 * KEPT) {
      this.#kept.splice(0, KEPT)
      this.#start = undefined
    }
    for (const { tell } of this.#listeners) tell(event)
  }

  /** What came after the last event of that revision; undefined where it is not among the kept. */
  since(revision: string): readonly FeedEvent[] | undefined {
    if (revision === this.#start) return [...this.#kept]
    const at = this.#kept.findLastIndex((event) => 'revision' in event && event.revision === revision)
    return at < 0 ? undefined : this.#kept.slice(at + 1)
  }

  /** `end` is called when there will be no more. Answers how to stop listening. */
  listen(tell: Listener, end: () => void): () => void {
    const listener = { tell, end }
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  end(): void {
    for (const { end } of this.#listeners) end()
  }
}
