import { compareServices } from '../contract/service-order.ts'
import { CanonicalRun, type Found } from './canonical.ts'
import type { LocatedRecord } from './prefix.ts'

/**
 * Moves a short key next to the records of its service: in key order `foo` comes before `foo-bar/1`, and `foo/1` after it.
 * Holds back at most a chain of names, each beginning with the one before it.
 */
export async function* gathered(pages: AsyncIterable<Found>): AsyncGenerator<Found> {
  const waiting: LocatedRecord[] = []
  for await (const page of pages) {
    if (page instanceof CanonicalRun) yield* withShort(page, waiting)
    else if (waiting.length > 0 || page.some((found) => found.short)) yield reordered(page, waiting)
    else yield page
  }
  if (waiting.length > 0) yield waiting.toReversed()
}

/** A run, none of whose keys is short, with the short ones that belong between its services. */
function* withShort(run: CanonicalRun, waiting: LocatedRecord[]): Generator<Found> {
  let rest = run
  for (let last = waiting.at(-1); last && rest.length > 0; last = waiting.at(-1)) {
    const place = rest.until(last.name)
    if (place > rest.from) yield rest.slice(rest.from, place)
    rest = rest.slice(place, rest.end)
    if (rest.length > 0) yield waiting.splice(-1)
  }
  if (rest.length > 0) yield rest
}

function reordered(page: readonly LocatedRecord[], waiting: LocatedRecord[]): LocatedRecord[] {
  const ordered: LocatedRecord[] = []
  for (const found of page) {
    for (let last = waiting.at(-1); last && compareServices(last.name, found.name) <= 0; last = waiting.at(-1))
      ordered.push(...waiting.splice(-1))
    if (found.short) waiting.push(found)
    else ordered.push(found)
  }
  return ordered
}

/** Records in a page of those that had to be sorted. */
const SORTED_PAGE = 1_000

/** All records of a stream whose order is not that of services, in that order. What is passed on is kept no longer. */
export async function* sorted(
  pages: AsyncIterable<readonly LocatedRecord[]>,
): AsyncGenerator<readonly LocatedRecord[]> {
  const records: LocatedRecord[] = []
  for await (const page of pages) for (const record of page) records.push(record)
  // The last comes first, so that what is passed on is cut off at the end.
  const left = records.splice(0).toReversed()
  left.sort((a, b) => compareServices(b.name, a.name))
  while (left.length > 0) yield left.splice(-SORTED_PAGE).toReversed()
}

/** Merges streams that are each in the order of services. Within a service the records of the earlier stream come first. */
export async function* merged(streams: readonly AsyncGenerator<Found>[]): AsyncGenerator<Found> {
  try {
    let cursors: Cursor[] = []
    for (const stream of streams) cursors.push(await Cursor.on(stream))
    for (;;) {
      cursors = cursors.filter((cursor) => !cursor.ended)
      if (cursors.length === 0) return
      yield* takeWhileAllHave(cursors)
      for (const cursor of cursors) await cursor.refill()
    }
  } finally {
    for (const stream of streams) await stream.return(undefined)
  }
}

/** What comes first, until one of the cursors has to be filled again. */
function* takeWhileAllHave(cursors: readonly Cursor[]): Generator<Found> {
  const [only] = cursors
  if (only && cursors.length === 1) {
    yield only.rest()
    return
  }
  let taken: LocatedRecord[] = []
  while (cursors.every((cursor) => cursor.head)) {
    const first = cursors.reduce((best, cursor) => (before(cursor.head, best.head) ? cursor : best))
    const next = first.take(cursors)
    if (next instanceof CanonicalRun) {
      yield taken
      yield next
      taken = []
    } else taken.push(next)
  }
  yield taken
}

function before(a: LocatedRecord | undefined, b: LocatedRecord | undefined): boolean {
  return a !== undefined && b !== undefined && compareServices(a.name, b.name) < 0
}

/** A position in a stream of pages. */
class Cursor {
  readonly #pages: AsyncGenerator<Found>
  #page: Found = []
  #at = 0
  #head: LocatedRecord | undefined
  ended = false

  private constructor(pages: AsyncGenerator<Found>) {
    this.#pages = pages
  }

  static async on(pages: AsyncGenerator<Found>): Promise<Cursor> {
    const cursor = new Cursor(pages)
    await cursor.refill()
    return cursor
  }

  get head(): LocatedRecord | undefined {
    return this.#head
  }

  /** Takes the head, or a run that begins with it and ends before the services at which the others are. */
  take(cursors: readonly Cursor[]): LocatedRecord | CanonicalRun {
    const page = this.#page
    const head = this.#head
    if (!head) throw new Error('there is nothing to take')
    if (page instanceof CanonicalRun) {
      const rest = page.slice(this.#at, page.end)
      const ends = cursors.flatMap((cursor) => (cursor === this || !cursor.head ? [] : rest.until(cursor.head.name)))
      const end = Math.min(...ends, rest.end)
      this.#moveTo(Math.max(end, this.#at + 1))
      return end > rest.from ? rest.slice(rest.from, end) : head
    }
    this.#moveTo(this.#at + 1)
    return head
  }

  rest(): Found {
    const page = this.#page
    const rest = page.slice(this.#at, endOf(page))
    this.#moveTo(endOf(page))
    return rest
  }

  /** Reads until there is a head or the stream has ended. */
  async refill(): Promise<void> {
    while (!this.#head && !this.ended) {
      const next = await this.#pages.next()
      this.ended = next.done === true
      this.#page = next.done ? [] : next.value
      this.#moveTo(this.#page instanceof CanonicalRun ? this.#page.from : 0)
    }
  }

  #moveTo(at: number): void {
    const page = this.#page
    this.#at = at
    if (at >= endOf(page)) this.#head = undefined
    else this.#head = page instanceof CanonicalRun ? page.located(at) : page[at]
  }
}

function endOf(page: Found): number {
  return page instanceof CanonicalRun ? page.end : page.length
}
