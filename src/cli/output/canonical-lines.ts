import type { CanonicalEntries } from '../../client/canonical-entries.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { CanonicalRecords } from '../../model/record-table.ts'
import type { Chunks } from './chunks.ts'
import type { Frame } from './columns.ts'
import { instanceLine } from './documents.ts'

const DIGITS = 16
/** A time as RFC 3339, with a year of four digits. */
const TIME = 24
/** Fewer bytes are copied faster one by one than by a call. */
const FEW = 48
/** So many combinations of weight and environment are kept. */
const FEW_TAILS = 1_000
const ZERO = 0x30

/**
 * Writes the lines of canonical records: the JSON of each instance is copied from where it lies, and so are its lease, its
 * time and its key. All else that stands beside it is copied from the line of an earlier one with the same fields.
 */
export class CanonicalLines {
  private readonly chunks: Chunks
  private readonly frame: () => Frame
  /** By weight and environment. */
  private readonly tails = new Map<string, Tail>()
  private readonly times = new Times()

  /** `frame` is asked for once for each line. */
  constructor(chunks: Chunks, frame: () => Frame) {
    this.chunks = chunks
    this.frame = frame
  }

  async write(entries: CanonicalEntries): Promise<void> {
    const { chunks } = this
    const { table, from, end } = entries.records
    const { keyStart, keyEnd, valueStart, valueEnd } = table
    let tail: Tail | undefined
    for (let at = from; at < end; at++) {
      if (!tail?.fits(entries.records, at)) tail = this.tailFor(entries, at)
      const [before, behind] = this.frame()
      const stored = (keyEnd[at] ?? 0) - (keyStart[at] ?? 0) + (valueEnd[at] ?? 0) - (valueStart[at] ?? 0)
      const most = before.length + stored + tail.length + behind.length
      if (!chunks.fits(most)) await chunks.flush()
      const buffer = chunks.room(most)
      let place = put(buffer, chunks.filled, before)
      place = copy(table.bytes, valueStart[at] ?? 0, (valueEnd[at] ?? 0) - 1, buffer, place)
      buffer.set(tail.bytes, place)
      copy(table.leases, at * DIGITS, (at + 1) * DIGITS, buffer, place + tail.leaseAt)
      if (table.createdAt) this.times.put(table.createdAt[at] ?? 0, buffer, place + tail.timeAt)
      place = copy(table.bytes, keyStart[at] ?? 0, keyEnd[at] ?? 0, buffer, place + tail.keyAt)
      place = put(buffer, place, tail.behindKey)
      chunks.filled = put(buffer, place, behind)
    }
  }

  private tailFor(entries: CanonicalEntries, at: number): Tail {
    const { table, parts } = entries.records
    const weight = table.bytes.toString('latin1', parts.weightStart[at], parts.weightEnd[at])
    const env = table.bytes.toString('latin1', parts.envStart[at], parts.envEnd[at])
    const words = `${weight} ${env}`
    const known = this.tails.get(words)
    if (known) return known
    if (this.tails.size === FEW_TAILS) this.tails.clear()
    const tail = new Tail(entries.entry(at), weight, env)
    this.tails.set(words, tail)
    return tail
  }
}

/** What stands behind the JSON of an instance, up to the key, in the lines of all that have this weight and environment. */
class Tail {
  readonly bytes: Buffer
  /** Where the lease, the time and the key begin in it. */
  readonly leaseAt: number
  readonly timeAt: number
  readonly keyAt: number
  readonly behindKey: string
  /** All of it but the key. */
  readonly length: number
  private readonly weight: Buffer
  private readonly env: Buffer

  constructor(entry: InstanceEntry, weight: string, env: string) {
    const { json = '', observed, records } = entry
    const line = instanceLine(entry, {}).slice(json.length - 1)
    const [key = ''] = records.map(({ id }) => id)
    this.leaseAt = placeBehind(line, '"lease":"')
    this.timeAt = observed.registeredAt === undefined ? 0 : placeBehind(line, '"registeredAt":"')
    this.keyAt = placeBehind(line, '"keys":["')
    this.bytes = Buffer.from(line.slice(0, this.keyAt))
    this.behindKey = line.slice(this.keyAt + key.length)
    this.length = this.bytes.length + this.behindKey.length
    this.weight = Buffer.from(weight)
    this.env = Buffer.from(env)
  }

  fits({ table, parts }: CanonicalRecords, at: number): boolean {
    return (
      isWord(table.bytes, parts.envStart[at] ?? 0, parts.envEnd[at] ?? 0, this.env) &&
      isWord(table.bytes, parts.weightStart[at] ?? 0, parts.weightEnd[at] ?? 0, this.weight)
    )
  }
}

/** The place behind a text. No value before it has one of these: there is no quote in a plain word. */
function placeBehind(line: string, text: string): number {
  return line.indexOf(text) + text.length
}

function isWord(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  if (end - start !== word.length) return false
  for (let at = start; at < end; at++) if (bytes[at] !== word[at - start]) return false
  return true
}

/** Puts ASCII into a buffer, and returns the place behind it. */
function put(buffer: Uint8Array, place: number, text: string): number {
  for (let at = 0; at < text.length; at++) buffer[place + at] = text.charCodeAt(at)
  return place + text.length
}

/** Copies bytes, and returns the place behind them. */
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, place: number): number {
  if (end - start > FEW) to.set(from.subarray(start, end), place)
  else for (let at = start; at < end; at++) to[place + at - start] = from[at] ?? 0
  return place + end - start
}

/** Times as RFC 3339. A long list has many of the same second. */
class Times {
  private readonly bytes = Buffer.alloc(TIME)
  private second = Number.NaN

  put(milliseconds: number, to: Uint8Array, place: number): void {
    const second = Math.floor(milliseconds / 1000)
    if (second !== this.second) this.bytes.write(new Date(second * 1000).toISOString(), 'latin1')
    this.second = second
    copy(this.bytes, 0, TIME, to, place)
    let rest = milliseconds - second * 1000
    for (let digit = TIME - 2; digit > TIME - 5; digit--) {
      to[place + digit] = ZERO + (rest % 10)
      rest = Math.floor(rest / 10)
    }
  }
}
