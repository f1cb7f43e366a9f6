import type { StoreChange, StoreEvent } from '../kv/store.ts'
import type { WatchAnswer } from './wire.ts'

/** Where a watch has come to in the history of the store. Turns messages into whole revisions, each exactly once. */
export class History {
  /** The revision to go on from; undefined: from now. */
  next: number | undefined
  #incomplete: StoreChange[] = []

  constructor(since: string | undefined) {
    this.next = since === undefined ? undefined : Number(since) + 1
  }

  /** A new stream tells the revision that was cut off once more, from its beginning. */
  reopen(): void {
    this.#incomplete = []
  }

  *take(answer: WatchAnswer): Generator<StoreEvent, void, undefined> {
    if (answer.created) {
      if (this.next === undefined) yield* this.#progress(answer.revision)
    } else if (answer.changes.length > 0) {
      yield* this.#changes(answer)
    } else if (!answer.fragment) {
      yield* this.#progress(answer.revision)
    }
  }

  *#progress(revision: number): Generator<StoreEvent, void, undefined> {
    if (this.next !== undefined && revision < this.next) return
    this.next = revision + 1
    yield { is: 'progress', revision: String(revision) }
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

  /** `next` moves on only now: a revision of which a part was told must be asked for again. */
  #complete(revision: number): StoreEvent {
    const changes = this.#incomplete
    this.#incomplete = []
    this.next = revision + 1
    return { is: 'changes', revision: String(revision), changes }
  }
}
