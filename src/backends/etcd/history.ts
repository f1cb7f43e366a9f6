import type { StoreChange, StoreEvent } from '../kv/store.ts'
import type { WatchAnswer } from './wire.ts'

const NONE: readonly StoreEvent[] = []

/**
 * The position of a watch in the history of the store. Turns messages into whole revisions, in order and each exactly once.
 * Where several ranges are watched, a revision is held back until all of them are known to have told everything up to it.
 */
export class History {
  /** The next revision to ask for; undefined for the present one. */
  next: number | undefined
  #ranges: RangeHistory[] = []

  constructor(since: string | undefined) {
    this.next = since === undefined ? undefined : Number(since) + 1
  }

  /** The event with which a watch begins that was to begin now, at this revision. */
  begin(revision: number): StoreEvent {
    this.next = revision + 1
    return { is: 'progress', revision: String(revision) }
  }

  /** Prepares for a new stream, which repeats what was incomplete or held back. */
  reopen(ranges = 1): void {
    const through = (this.next ?? 0) - 1
    this.#ranges = Array.from({ length: ranges }, () => new RangeHistory(through))
  }

  /** Whether there are whole revisions of one range of which another may still tell something. */
  get isHolding(): boolean {
    return this.#ranges.some((range) => range.whole.length > 0)
  }

  /** The events that a message completes. `next` goes on with each as it is taken. */
  take(answer: WatchAnswer): Iterable<StoreEvent> {
    const { created, changes, fragment, revision, range } = answer
    if (created) return NONE
    if (changes.length > 0) this.#ranges[range]?.add(answer)
    else if (!fragment)
      for (const [at, each] of this.#ranges.entries()) if (answer.isOfAll || at === range) each.pass(revision)
    return this.#told(changes.length === 0)
  }

  *#told(isProgress: boolean): Generator<StoreEvent, void, undefined> {
    const through = Math.min(...this.#ranges.map((range) => range.through))
    for (const { revision, changes } of ordered(this.#ranges.map((range) => range.take(through)))) {
      this.next = revision + 1
      yield { is: 'changes', revision: String(revision), changes }
    }
    if (!isProgress || through < (this.next ?? 0)) return
    this.next = through + 1
    yield { is: 'progress', revision: String(through) }
  }
}

interface Revision {
  readonly revision: number
  readonly changes: readonly StoreChange[]
}

/** What one range has told on this stream. */
class RangeHistory {
  /** The revision up to which it has told everything. */
  through: number
  /** The revisions that are complete and not yet taken, in order. */
  whole: Revision[] = []
  #incomplete: StoreChange[] = []
  #current = 0

  constructor(through: number) {
    this.through = through
  }

  add({ changes, fragment }: WatchAnswer): void {
    for (const { revision, change } of changes) {
      if (revision !== this.#current) this.#complete()
      this.#current = revision
      this.#incomplete.push(change)
    }
    if (!fragment) this.#complete()
  }

  pass(revision: number): void {
    this.through = Math.max(this.through, revision)
  }

  /** Takes away the revisions up to this one. */
  take(through: number): Revision[] {
    const { whole } = this
    const later = whole.findIndex(({ revision }) => revision > through)
    if (later >= 0) return whole.splice(0, later)
    this.whole = []
    return whole
  }

  #complete(): void {
    if (this.#incomplete.length === 0) return
    this.whole.push({ revision: this.#current, changes: this.#incomplete })
    this.through = this.#current
    this.#incomplete = []
  }
}

/** The revisions of several ranges in one order; what one transaction has changed in several of them is together again. */
function ordered(ranges: readonly Revision[][]): readonly Revision[] {
  const told = ranges.filter((revisions) => revisions.length > 0)
  const [only = []] = told
  if (told.length < 2) return only
  const all: { revision: number; changes: StoreChange[] }[] = []
  for (const { revision, changes } of told.flat().sort((a, b) => a.revision - b.revision)) {
    const last = all.at(-1)
    if (last?.revision === revision) last.changes.push(...changes)
    else all.push({ revision, changes: [...changes] })
  }
  return all
}
