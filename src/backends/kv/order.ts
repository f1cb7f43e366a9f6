import { compareServices } from '../contract/service-order.ts'
import type { LocatedRecord } from './prefix.ts'

/**
 * Moves a short key next to the records of its service: in key order `foo` comes before `foo-bar/1`, and `foo/1` after it.
 * Holds back at most a chain of names, each beginning with the one before it.
 */
export async function* gathered(
  pages: AsyncIterable<readonly LocatedRecord[]>,
): AsyncGenerator<readonly LocatedRecord[]> {
  const waiting: LocatedRecord[] = []
  for await (const page of pages) {
    if (waiting.length > 0 || page.some((found) => found.short)) yield reordered(page, waiting)
    else yield page
  }
  if (waiting.length > 0) yield waiting.toReversed()
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

/** All records of a stream whose order is not that of services, in that order. */
export async function* sorted(
  pages: AsyncIterable<readonly LocatedRecord[]>,
): AsyncGenerator<readonly LocatedRecord[]> {
  const records: LocatedRecord[] = []
  for await (const page of pages) records.push(...page)
  yield records.toSorted((a, b) => compareServices(a.name, b.name))
}

/** Merges streams that are each in the order of services. Within a service the records of the earlier stream come first. */
export async function* merged(
  streams: readonly AsyncGenerator<readonly LocatedRecord[]>[],
): AsyncGenerator<readonly LocatedRecord[]> {
  try {
    let cursors: Cursor[] = []
    for (const stream of streams) cursors.push(await Cursor.on(stream))
    for (;;) {
      cursors = cursors.filter((cursor) => !cursor.ended)
      if (cursors.length === 0) return
      yield takeWhileAllHave(cursors)
      for (const cursor of cursors) await cursor.refill()
    }
  } finally {
    for (const stream of streams) await stream.return(undefined)
  }
}

function takeWhileAllHave(cursors: readonly Cursor[]): readonly LocatedRecord[] {
  const [only] = cursors
  if (only && cursors.length === 1) return only.rest()
  const taken: LocatedRecord[] = []
  while (cursors.every((cursor) => cursor.head)) {
    const first = cursors.reduce((best, cursor) => (before(cursor.head, best.head) ? cursor : best))
    const found = first.take()
    if (found) taken.push(found)
  }
  return taken
}

function before(a: LocatedRecord | undefined, b: LocatedRecord | undefined): boolean {
  return a !== undefined && b !== undefined && compareServices(a.name, b.name) < 0
}

/** A position in a stream of pages. */
class Cursor {
  readonly #pages: AsyncGenerator<readonly LocatedRecord[]>
  #page: readonly LocatedRecord[] = []
  #at = 0
  ended = false

  private constructor(pages: AsyncGenerator<readonly LocatedRecord[]>) {
    this.#pages = pages
  }

  static async on(pages: AsyncGenerator<readonly LocatedRecord[]>): Promise<Cursor> {
    const cursor = new Cursor(pages)
    await cursor.refill()
    return cursor
  }

  get head(): LocatedRecord | undefined {
    return this.#page[this.#at]
  }

  take(): LocatedRecord | undefined {
    this.#at += 1
    return this.#page[this.#at - 1]
  }

  rest(): readonly LocatedRecord[] {
    const rest = this.#page.slice(this.#at)
    this.#at = this.#page.length
    return rest
  }

  /** Reads until there is a head or the stream has ended. */
  async refill(): Promise<void> {
    while (!this.head && !this.ended) {
      const next = await this.#pages.next()
      this.ended = next.done === true
      this.#page = next.done ? [] : next.value
      this.#at = 0
    }
  }
}
