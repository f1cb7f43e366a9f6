import { type FirstPage, type KeyRange, type StorePage, type StoreScanOptions, rangeText } from '../kv/store.ts'
import type { Cluster } from './cluster.ts'
import type { EtcdMember } from './member.ts'
import { CallFailure, after, rangeRequest } from './calls.ts'
import { PageMemory } from './page-memory.ts'
import { type PageFound, PageRanges } from './page-ranges.ts'
import type { RangeAnswer, RangeAnswers } from './wire.ts'

const FIRST_PAGE = 1_000
const LARGEST_PAGE = 10_000
/** Records yielded at once. */
const PART = 500
/** Target size of a page in bytes. Larger pages are not faster. */
const PAGE_BYTES = 4 << 20
/** Pages are larger where the last record of the one before is smaller than most. */
const USUAL_BYTES = 5 << 20

/**
 * The records of a range as pages at one revision. The next page is requested while the caller works on this one. Tables are
 * in the same two pieces of memory, in turn.
 */
export async function* scan(
  cluster: Cluster,
  range: KeyRange,
  options: StoreScanOptions = {},
): AsyncGenerator<StorePage, void, undefined> {
  const { signal } = options
  signal?.throwIfAborted()
  const size = new PageSize(options.pageSize)
  const ranges = new PageRanges(range)
  let left = options.limit ?? Infinity
  let { revision } = options
  let [memory, other] = options.tables ? [new PageMemory(USUAL_BYTES), new PageMemory(USUAL_BYTES)] : []
  const ask = (): Promise<RangeAnswer> => {
    const into = memory
    ;[memory, other] = [other, memory]
    const limit = Math.min(size.records, left)
    const request = { ...rangeRequest(ranges.current), limit, ...(revision ? { revision } : {}) }
    return cluster.read(`read ${rangeText(range)}`, (member) => member.range(request, signal, into), signal)
  }
  let answer = await ask()
  for (let first = true; ; first = false) {
    const { length } = answer
    revision ??= answer.revision
    left -= length
    size.learn(answer)
    const next = left > 0 && ranges.advance(pageOf(answer), Math.min(size.records, left)) ? ask() : undefined
    next?.catch(() => {}) // the caller may stop before it is awaited
    // A range with no keys gives one page too, for the revision.
    if (first && length === 0) yield { records: [], revision }
    else if (options.tables) yield { records: [], table: answer.table, revision }
    else for (let at = 0; at < length; at += PART) yield { records: answer.records(at, at + PART), revision }
    signal?.throwIfAborted()
    if (!next) return
    answer = await next
  }
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
  return more && length > 0 ? { ...page, rest: { start: after(table.record(length - 1).key), end } } : page
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
