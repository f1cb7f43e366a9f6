import type { StoreChange, StoreEvent } from '../kv/store.ts'
import type { WatchAnswer } from './wire.ts'

const NONE: readonly StoreEvent[] = []

/** The position of a watch in the history of the store. Turns messages into whole revisions, each exactly once. */
export class History {
  /** The next revision to ask for; undefined for the present one. */
  next: number | undefined
  #incomplete: StoreChange[] = []

  constructor(since: string | undefined) {
    this.next = since === undefined ? undefined : Number(since) + 1
  }

  /** Prepares for a new stream, which repeats an interrupted revision from its beginning. */
  reopen(): void {
    this.#incomplete = []
  }

  /** The events that a message completes. `next` goes on with each as it is taken. */
  take(answer: WatchAnswer): Iterable<StoreEvent> {
    const { created, changes, fragment, revision } = answer
    if (created) return this.next === undefined ? this.#progress(revision) : NONE
    if (changes.length > 0) return this.#changes(answer)
    return fragment ? NONE : this.#progress(revision)
  }

  #progress(revision: number): readonly StoreEvent[] {
    if (this.next !== undefined && revision < this.next) return NONE
    this.next = revision + 1
    return [{ is: 'progress', revision: String(revision) }]
  }

  *#changes({ changes, fragment }: WatchAnswer): Generator<StoreEvent, void, undefined> {
    let current = changes[0]?.revision ?? 0
    if (this.#incomplete.length > 0 && current !== this.next) yield this.#complete(this.next ?? 0)
    for (const { revision, change } of changes) {
      if (revision !== current) yield this.#complete(current)
      current = revision
      this.#incomplete.push(change)
    }
    this.next = current
    if (!fragment) yield this.#complete(current)
  }

  /** The event of a complete revision. Only now does `next` move on: an incomplete revision must be asked for again. */
  #complete(revision: number): StoreEvent {
    const changes = this.#incomplete
    this.#incomplete = []
    this.next = revision + 1
    return { is: 'changes', revision: String(revision), changes }
  }
}
