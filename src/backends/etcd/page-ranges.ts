import type { KeyRange } from '../kv/store.ts'
import { after } from './calls.ts'

/** Counting so few keys for each page costs etcd less than further requests would. */
const FEW = 20_000
/** Pages in a row that may be less than half full before one is no longer bounded. */
const SPARSE_PAGES = 6
/** Bytes, after those that all keys of a page have in common, that say how far the page reaches. */
const PRECISION = 3
/** How much more than a page a range is expected to hold, so that pages are mostly full. */
const SLACK = 1.25

/** What a page says about the keys that follow it. */
export interface PageFound {
  /** The number of keys in the page, and in the range that was asked for. */
  readonly length: number
  readonly count: number
  /** Whether the range that was asked for has keys after the page. */
  readonly more: boolean
  /** Undefined where the page is empty. */
  readonly first: Uint8Array | undefined
  readonly last: Uint8Array | undefined
}

/**
 * The ranges to ask for, one after the other, to read a large range by pages. etcd fills in the count of every answer by
 * walking through all keys of the range that was asked for, so asking for "everything that is left" takes time that grows
 * with the square of the number of keys. These ranges end where about one page of keys is expected to end, judged by how
 * far apart the keys of the page before were. A wrong guess costs time, never a key: a range begins where the one before
 * ended, or after the last key that was read of it.
 */
export class PageRanges {
  readonly #end: Uint8Array
  readonly #few: number
  #current: KeyRange
  /** Keys not read yet, known from the first page. */
  #rest: number | undefined
  /** How far a range reaches: its start, cut after `depth` bytes, plus `steps` in the last of them. */
  #depth = 0
  #steps = 1
  #sparse = 0
  #last: Uint8Array | undefined
  /** How many bytes the keys on both sides of the last empty stretch had in common. */
  #common: number | undefined

  /** `few`: the number of keys left above which ranges are bounded. */
  constructor(range: KeyRange, few = FEW) {
    this.#end = range.end
    this.#few = few
    this.#current = range
  }

  /** The range to ask for now. */
  get current(): KeyRange {
    return this.#current
  }

  /** Moves on after the page found in the current range; `wanted`: keys for the next page. False if there is no other page. */
  advance(page: PageFound, wanted: number): boolean {
    const { first, last, length, more } = page
    this.#rest = (this.#rest ?? page.count) - length
    const isWhole = !more || last === undefined
    if (isWhole && this.#current.end === this.#end) return false
    if (this.#sparse > 0 && first && this.#last) this.#common = commonLength(this.#last, first)
    this.#last = last ?? this.#last
    if (isWhole) this.#widen(length * 2 < wanted)
    else this.#fit(page, wanted)
    const start = isWhole ? this.#current.end : after(last)
    this.#current = { start, end: this.#endFor(start) }
    return true
  }

  /** After a range that held too little, the next one reaches further, and ever more so. */
  #widen(wasSparse: boolean): void {
    this.#sparse = wasSparse ? this.#sparse + 1 : 0
    if (!wasSparse) return
    const isKnown = this.#sparse === 1 && this.#common !== undefined && this.#common + 1 < this.#depth
    this.#depth = isKnown ? (this.#common ?? 0) + 1 : this.#depth - 2 ** (this.#sparse - 1)
    // One step may only lead to the end of the stretch that was empty.
    this.#steps = 2
  }

  /** After a range that held more than a page, the next one reaches a little further than this page did. */
  #fit({ first, last, length }: PageFound, wanted: number): void {
    this.#sparse = 0
    if (!first || !last) return
    const common = commonLength(first, last)
    this.#depth = common + PRECISION
    this.#steps = Math.ceil((placesBetween(first, last, common) * wanted * SLACK) / length)
  }

  #endFor(start: Uint8Array): Uint8Array {
    if ((this.#rest ?? 0) <= this.#few || this.#sparse > SPARSE_PAGES) return this.#end
    const bound = reaching(start, this.#depth, this.#steps)
    if (!bound || (this.#end.length > 0 && Buffer.compare(bound, this.#end) >= 0)) return this.#end
    return bound
  }
}

function commonLength(one: Uint8Array, other: Uint8Array): number {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return at
}

/** The bytes that are likely in the place of this one: other digits for a digit, other letters for a letter. */
function kindOf(byte: number): { readonly least: number; readonly size: number } {
  return KINDS.find(({ least, size }) => byte >= least && byte < least + size) ?? ANY
}

const ANY = { least: 0, size: 256 }
const KINDS = [
  { least: 0x30, size: 10 },
  { least: 0x41, size: 26 },
  { least: 0x61, size: 26 },
]

/** The number of places between two keys that differ after `common` bytes, to PRECISION bytes; a likely key has each. */
function placesBetween(first: Uint8Array, last: Uint8Array, common: number): number {
  let places = 0
  for (let at = common; at < common + PRECISION; at++) {
    const { least, size } = kindOf(last[at] ?? 0)
    const from = Math.min(Math.max((first[at] ?? 0) - least, 0), size - 1)
    places = places * size + (last[at] ?? 0) - least - from
  }
  return Math.max(1, places)
}

/** The key that many steps after `start`, cut to `depth` bytes; undefined beyond the last one. Always greater than `start`. */
function reaching(start: Uint8Array, depth: number, steps: number): Buffer | undefined {
  if (depth <= 0) return undefined
  const bound = Buffer.alloc(depth)
  bound.set(start.subarray(0, depth))
  let carry = steps
  for (let at = depth - 1; at >= 0 && carry > 0; at--) {
    const { least, size } = kindOf(bound[at] ?? 0)
    const sum = (bound[at] ?? 0) - least + carry
    bound[at] = least + (sum % size)
    carry = Math.floor(sum / size)
  }
  return carry > 0 ? undefined : bound
}
