import { rangeText, type KeyRange, type StorePage, type StoreScanOptions } from '../kv/store.ts'
import type { Cluster } from './cluster.ts'
import { after, rangeRequest } from './calls.ts'
import type { RangeAnswer } from './wire.ts'

const FIRST_PAGE = 1_000
const LARGEST_PAGE = 10_000
/** Records yielded at once. */
const PART = 500
/** Target size of a page in bytes. Larger pages are not faster, and smaller ones make etcd count more often. */
const PAGE_BYTES = 4 << 20

/** The records of a range as pages at one revision. The next page is requested while the caller works on this one. */
export async function* scan(
  cluster: Cluster,
  range: KeyRange,
  options: StoreScanOptions = {},
): AsyncGenerator<StorePage, void, undefined> {
  const { signal } = options
  signal?.throwIfAborted()
  const size = new PageSize(options.pageSize)
  let left = options.limit ?? Infinity
  let next: Promise<RangeAnswer> | undefined
  const ask = (from: KeyRange, revision: string | undefined): Promise<RangeAnswer> => {
    const request = { ...rangeRequest(from), limit: Math.min(size.records, left), ...(revision ? { revision } : {}) }
    return cluster.read(`read ${rangeText(range)}`, (member) => member.range(request, signal), signal)
  }
  let revision = options.revision
  let answer = await ask(range, revision)
  for (;;) {
    const { length, more } = answer
    revision ??= answer.revision
    left -= length
    const [last] = answer.records(length - 1, length)
    size.learn(answer)
    next = more && left > 0 && last ? ask({ start: after(last.key), end: range.end }, revision) : undefined
    next?.catch(() => {}) // the caller may stop before it is awaited
    for (let at = 0; at < Math.max(length, 1); at += PART) yield { records: answer.records(at, at + PART), revision }
    signal?.throwIfAborted()
    if (!next) return
    answer = await next
  }
}

/**
 * The number of records to ask for: as many as should fill a page, judged by the last one, at most doubled each time.
 * Large pages pay off because etcd counts the whole rest of the range again for each page.
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
