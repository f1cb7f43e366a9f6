import type { WatchEvent } from '../model/change.ts'

export type FeedEvent = Exclude<WatchEvent, { type: 'link' | 'snapshot' }>
export type Listener = (event: FeedEvent) => void

/** Events that are kept for clients that reconnect. */
const KEPT = 10_000

/** Sends every change to all listeners, and keeps the last ones by their revision. */
export class Feed {
  readonly #listeners = new Set<{ send: Listener; end: () => void }>()
  readonly #kept: FeedEvent[] = []
  /** The revision after which all is kept. */
  #start: string | undefined

  /** Everything after this revision will be sent. */
  begin(revision: string | undefined): void {
    this.#start = revision
  }

  send(event: WatchEvent): void {
    if (event.type === 'link' || event.type === 'snapshot') return
    this.#kept.push(event)
    if (this.#kept.length > 2 * KEPT) this.#forget()
    for (const { send } of this.#listeners) send(event)
  }

  /**
   * What came after that revision, with what time alone has changed since then, which has the same one; undefined when that
   * is no longer known. Where revisions are numbers it may be any number: a registry counts more than what is sent here.
   */
  since(revision: string): readonly FeedEvent[] | undefined {
    if (revision === this.#start) return [...this.#kept]
    const at = this.#kept.findIndex((event) => revisionOf(event) === revision)
    if (at >= 0) return this.#kept.slice(at + 1)
    if (this.#start === undefined || !isNumber(this.#start) || !isNumber(revision)) return undefined
    if (BigInt(revision) < BigInt(this.#start)) return undefined
    const before = this.#kept.findLastIndex((event) => isUpTo(revisionOf(event), revision))
    return this.#kept.slice(before + 1)
  }

  /** The oldest, up to the end of a revision. */
  #forget(): void {
    const end = this.#kept.findLastIndex((event, at) => at < KEPT && revisionOf(event) !== undefined)
    const forgotten = this.#kept.splice(0, end < 0 ? KEPT : end + 1)
    this.#start = revisionOf(forgotten.at(-1))
  }

  /** `end` is called when there will be no more. Answers how to stop listening. */
  listen(send: Listener, end: () => void): () => void {
    const listener = { send, end }
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

function revisionOf(event: FeedEvent | undefined): string | undefined {
  return event && 'revision' in event ? event.revision : undefined
}

function isUpTo(revision: string | undefined, last: string): boolean {
  return revision !== undefined && isNumber(revision) && BigInt(revision) <= BigInt(last)
}

function isNumber(revision: string): boolean {
  return /^\d+$/.test(revision)
}
