import { rangeText, type KeyRange, type StorePage, type StoreScanOptions } from '../kv/store.ts'
import type { Cluster } from './cluster.ts'
import { after, rangeRequest } from './calls.ts'
import type { RangeAnswer } from './wire.ts'

const FIRST_PAGE = 1_000
const LARGEST_PAGE = 10_000
/** Records yielded at once. */
const PART = 500
/** What a page should come to, going by the one before. Larger ones are no quicker, and smaller ones have etcd count more often. */
const PAGE_BYTES = 4 << 20

/** Pages at one revision. The next one is asked for while this one is with the caller. */
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
    next?.catch(() => {}) // the caller may leave before it is looked at
    for (let at = 0; at < Math.max(length, 1); at += PART) yield { records: answer.records(at, at + PART), revision }
    signal?.throwIfAborted()
    if (!next) return
    answer = await next
  }
}

/**
 * How many records to ask for: what should fill a page, going by the last one, at most doubled each time.
 * As many as can be: etcd counts all that is left of the range for each page anew.
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
