import type { KeyRange } from '../kv/store.ts'
import { after } from './calls.ts'

/** Counting so few keys for each page costs etcd less than further requests would. */
const FEW = 20_000
/** Pages in a row that may be less than half full before one is no longer bounded: with nothing in it, one costs etcd as much as to count a few hundred keys. */
const SPARSE_PAGES = 40
/** Bytes, after those that all keys of a page have in common, that say how far the page reaches. */
const PRECISION = 3
/** How many times further a range reaches than one before it that held too little, */
const GROWTH = 3
/** and the steps from which on it takes one step in the byte before instead. */
const COARSE = 9
/** How much of a page a range is expected to fill, so that few hold more than a page: all that they hold is counted. */
const FILLED = 0.8

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

/** A range, with what was found on a page before it where there was one. */
export interface BegunRange extends KeyRange {
  readonly before?: PageFound
}

/** What is not read yet between two keys. */
interface Part {
  readonly range: KeyRange
  /** The number of its keys; 0 as long as no answer has told it. */
  readonly count: number
}

/**
 * The ranges to ask for, one after the other, to read a large range by pages. etcd fills in the count of every answer by
 * walking through all keys of the range that was asked for, so asking for "everything that is left" takes time that grows
 * with the square of the number of keys. These ranges end where about one page of keys is expected to end, judged by how
 * far apart the keys of the page before were. A wrong guess costs time, never a key: what a page leaves of its range is
 * asked for next.
 */
export class PageRanges {
  readonly #few: number
  /** In the order of keys, without a gap. */
  #parts: readonly Part[]
  /** Where the range that was asked for ends. */
  #askedTo: Uint8Array
  /** How far a range reaches: its start, cut after `depth` bytes, plus `steps` in the last of them. */
  #depth = 0
  #steps = 1
  #sparse = 0
  #last: Uint8Array | undefined
  /** How many bytes the keys on both sides of the last empty stretch had in common. */
  #common: number | undefined

  /** `few`: the number of keys left above which ranges are bounded. */
  constructor({ start, end, before }: BegunRange, few = FEW) {
    this.#few = few
    this.#askedTo = end
    this.#last = before?.last
    this.#parts = [{ range: { start, end }, count: before ? before.count - before.length : 0 }]
    if (before) this.#fit(before, before.length / FILLED)
  }

  /** The range to ask for now; undefined at the end. */
  next(): KeyRange | undefined {
    const [part] = this.#parts
    if (!part) return undefined
    this.#askedTo = this.#boundFor(part) ?? part.range.end
    return { start: part.range.start, end: this.#askedTo }
  }

  /** Takes in what was found in that range; `room`: keys that the page had room for. */
  found(page: PageFound, room: number): void {
    const [part, ...others] = this.#parts
    if (!part) return
    const { first, last, length, count, more } = page
    if (this.#sparse > 0 && first && this.#last) this.#common = commonLength(this.#last, first)
    this.#last = last ?? this.#last
    const [start, { end }] = [this.#askedTo, part.range]
    const left = more && last ? [{ range: { start: after(last), end: start }, count: count - length }] : []
    const behind = start === end ? [] : [{ range: { start, end }, count: part.count - count }]
    this.#parts = [...left, ...behind, ...others]
    if (more || length * 2 >= room * FILLED) this.#fit(page, room)
    else this.#widen()
  }

  /** After a range that held too little, the next one reaches further, by little at a time: all that it holds is counted. */
  #widen(): void {
    this.#sparse++
    const isKnown = this.#sparse === 1 && this.#common !== undefined && this.#common + 1 < this.#depth
    if (isKnown) {
      this.#depth = (this.#common ?? 0) + 1
      this.#steps = 1
    } else if (this.#steps >= COARSE) {
      this.#depth--
      this.#steps = 1
    } else this.#steps *= GROWTH
  }

  /** The next range reaches about as far as this page did, if it was full. */
  #fit({ first, last, length }: PageFound, room: number): void {
    this.#sparse = 0
    if (!first || !last) return
    const common = commonLength(first, last)
    this.#depth = common + PRECISION
    this.#steps = Math.ceil((placesBetween(first, last, common) * room * FILLED) / length)
  }

  /** Where a range ends that begins with a part; undefined where it is the whole part. */
  #boundFor({ range: { start, end }, count }: Part): Buffer | undefined {
    if (count <= this.#few || this.#sparse > SPARSE_PAGES) return undefined
    const bound = reaching(start, this.#last, this.#depth, this.#steps)
    return bound && (end.length === 0 || Buffer.compare(bound, end) < 0) ? bound : undefined
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

/**
 * The key that many steps after `start`, cut to `depth` bytes, or with bytes as in `like` if it is shorter; undefined beyond
 * the last one. Always greater than `start`.
 */
function reaching(start: Uint8Array, like: Uint8Array | undefined, depth: number, steps: number): Buffer | undefined {
  if (depth <= 0) return undefined
  const bound = Buffer.alloc(depth)
  for (let at = 0; at < depth; at++) bound[at] = start[at] ?? kindOf(like?.[at] ?? 0).least
  let carry = steps
  for (let at = depth - 1; at >= 0 && carry > 0; at--) {
    const { least, size } = kindOf(bound[at] ?? 0)
    const sum = (bound[at] ?? 0) - least + carry
    bound[at] = least + (sum % size)
    carry = Math.floor(sum / size)
  }
  return carry > 0 ? undefined : bound
}
