import { type FirstPage, type KeyRange, type StorePage, type StoreScanOptions, rangeText } from '../kv/store.ts'
import type { Cluster } from './cluster.ts'
import type { EtcdMember } from './member.ts'
import { CallFailure, after, rangeRequest } from './calls.ts'
import { PageMemory } from './page-memory.ts'
import { type BegunRange, type PageFound, PageRanges } from './page-ranges.ts'
import type { RangeAnswer, RangeAnswers } from './wire.ts'

const FIRST_PAGE = 1_000
const LARGEST_PAGE = 10_000
/** Records yielded at once. */
const PART = 500
/** The most bytes of a page, which most fill by four fifths. Larger pages are not faster. */
const PAGE_BYTES = 4 << 20
/** Pages are larger where the last record of the one before is smaller than most. */
const USUAL_BYTES = 5 << 20

/**
 * The records of a range as pages at one revision. The next page is requested while the caller works on this one. Tables are
 * in the same two pieces of memory, in turn.
 */
export async function* scan(
  cluster: Cluster,
  range: BegunRange,
  options: StoreScanOptions = {},
): AsyncGenerator<StorePage, void, undefined> {
  const { signal } = options
  signal?.throwIfAborted()
  const size = new PageSize(options.pageSize)
  const ranges = new PageRanges(range)
  let left = options.limit ?? Infinity
  let { revision } = options
  let [memory, other] = options.tables ? [new PageMemory(USUAL_BYTES), new PageMemory(USUAL_BYTES)] : []
  const askNext = (): AskedPage | undefined => {
    const part = left > 0 ? ranges.next() : undefined
    if (!part) return undefined
    const into = memory
    ;[memory, other] = [other, memory]
    const room = Math.min(size.records, left)
    const request = { ...rangeRequest(part), limit: room, ...(revision ? { revision } : {}) }
    const read = (member: EtcdMember): Promise<RangeAnswer> => member.range(request, signal, into)
    const answer = cluster.read(`read ${rangeText(range)}`, read, signal)
    answer.catch(() => {}) // the caller may stop before it is awaited
    return { answer, room }
  }
  let page = askNext()
  for (let isFirst = true; page; isFirst = false) {
    const answer = await page.answer
    const { length } = answer
    revision ??= answer.revision
    left -= length
    size.learn(answer)
    ranges.found(pageOf(answer), page.room)
    page = askNext()
    // A range with no keys gives one page too, for the revision.
    if (isFirst && length === 0) yield { records: [], revision }
    else if (options.tables) yield { records: [], table: answer.table, revision }
    else for (let at = 0; at < length; at += PART) yield { records: answer.records(at, at + PART), revision }
    signal?.throwIfAborted()
  }
}

/** A page that was asked for. */
interface AskedPage {
  readonly answer: Promise<RangeAnswer>
  /** The records that it has room for. */
  readonly room: number
}

/**
 * The first pages of some ranges, read in one transaction. Undefined where the member refuses that: alone, each range is
 * read or refused for what it is.
 */
export async function firstPages(
  cluster: Cluster,
  ranges: readonly KeyRange[],
  { revision, limit = FIRST_PAGE, tables = false, signal }: Omit<StoreScanOptions, 'pageSize'> = {},
): Promise<readonly FirstPage[] | undefined> {
  const [first] = ranges
  if (!first) return []
  const asOf = revision ? { revision } : {}
  const questions = ranges.map((range) => ({ ...rangeRequest(range), limit: Math.min(limit, FIRST_PAGE), ...asOf }))
  const ask = async (member: EtcdMember): Promise<RangeAnswers | undefined> => {
    try {
      return await member.ranges(questions, signal)
    } catch (error) {
      if (error instanceof CallFailure && !error.isOfTheMember) return undefined
      throw error
    }
  }
  const found = await cluster.read(`read ${rangeText(first)}`, ask, signal)
  return found?.answers.map((answer, at) =>
    firstPage(answer, ranges[at] ?? first, { revision: revision ?? found.revision, tables }),
  )
}

function firstPage(
  answer: RangeAnswer,
  { end }: KeyRange,
  { revision, tables }: { revision: string; tables: boolean },
): FirstPage {
  const { table, length, more } = answer
  const page = tables ? { records: [], table, revision } : { records: answer.records(0, length), revision }
  if (!more || length === 0) return page
  // Reading on need not ask how much there is.
  const rest: BegunRange = { start: after(table.record(length - 1).key), end, before: pageOf(answer) }
  return { ...page, rest }
}

function pageOf(answer: RangeAnswer): PageFound {
  const { length, count, more } = answer
  const ends = length === 0 ? [] : [answer.table.record(0), answer.table.record(length - 1)]
  const [first, last] = ends.map(({ key }) => key)
  return { length, count, more, first, last }
}

/**
 * The number of records to ask for: as many as should fill a page, judged by the last one, at most doubled each time.
 */
class PageSize {
  readonly #most: number
  records: number

  constructor(most = LARGEST_PAGE) {
    this.#most = Math.max(1, most)
    this.records = Math.min(FIRST_PAGE, this.#most)
  }

  learn({ length, bytes }: RangeAnswer): void {
    if (length === 0) return
    const fitting = Math.ceil((PAGE_BYTES * length) / bytes)
    this.records = Math.max(1, Math.min(fitting, this.records * 2, this.#most))
  }
}
