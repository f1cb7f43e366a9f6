import { KNOWN_SCHEMES } from '../model/endpoint.ts'
import type { LayoutName } from '../model/observed.ts'
import type { CanonicalParts, RecordTable } from '../model/record-table.ts'
import { KratosScanner } from './kratos-scanner.ts'
import { ownerNamed } from './owner.ts'

const [SLASH, ZERO, NINE] = [0x2f, 0x30, 0x39]
const [ENV, WEIGHT] = [Buffer.from('env'), Buffer.from('weight')]
/** With so many digits every number is exact. */
const EXACT = 15
const SCHEMES = Array.from(KNOWN_SCHEMES, (scheme) => Buffer.from(`${scheme}://`))
/** Times from 1970 on whose year has four digits. */
const LATEST = Date.UTC(9999, 11, 31)

/** A prefix that JSON writes as it is, and a terminal shows so. */
const PLAIN_PREFIX = /^[\x20\x21\x24-\x5b\x5d-\x7e]+$/

/** The proof for the keys under a prefix, read in that layout; undefined where no record could be canonical. */
export function canonicalProof(prefix: string, layout: LayoutName | 'auto'): CanonicalProof | undefined {
  const isTaken = layout === 'auto' || ownerNamed(layout) === 'kratos'
  return isTaken && PLAIN_PREFIX.test(prefix) ? new CanonicalProof(Buffer.from(`${prefix}/`)) : undefined
}

/**
 * Proves of records of one table after the other that they are canonical, and finds their parts, without making a string or
 * an object of them. Nothing is said of a record of which it is not proven: `decode` reads it.
 */
export class CanonicalProof {
  parts = partsFor(0)
  private readonly prefix: Uint8Array
  private readonly value = new KratosScanner()

  /** `prefix`: with the slash that ends it. */
  constructor(prefix: Uint8Array) {
    this.prefix = prefix
  }

  /** Makes room for the parts of the records of a table. Those of the table before are overwritten. */
  begin({ length }: RecordTable): void {
    if (this.parts.schemes.length < length) this.parts = partsFor(length)
  }

  /** Whether the record is canonical. Its parts are then known. */
  holds(table: RecordTable, at: number): boolean {
    const created = table.createdAt?.[at] ?? 0
    if (table.isLeased[at] === 0 || !(created >= 0 && created < LATEST)) return false
    const { value } = this
    if (!value.scan(table.bytes, table.valueStart[at] ?? 0, table.valueEnd[at] ?? 0)) return false
    if (value.entries < 0 || value.endpoints < 0 || value.reordered || value.hasTwoHashes) return false
    return this.fits(table, at) && this.takeMetadata(table.bytes, at) && this.takeRest(table.bytes, at)
  }

  /** Whether the key is made of the prefix, the name and the id, and of a slash between the two. */
  private fits({ bytes, keyStart, keyEnd }: RecordTable, at: number): boolean {
    const { prefix, value } = this
    const start = keyStart[at] ?? 0
    const name = start + prefix.length
    const id = name + value.nameEnd - value.nameStart + 1
    if (id - name < 2 || value.idEnd === value.idStart) return false
    if (id + value.idEnd - value.idStart !== keyEnd[at] || bytes[id - 1] !== SLASH) return false
    for (let place = 0; place < prefix.length; place++) if (bytes[start + place] !== prefix[place]) return false
    return isSegment(bytes, name, value.nameStart, value.nameEnd) && isSegment(bytes, id, value.idStart, value.idEnd)
  }

  /** Finds the weight and the environment. False for a weight that JSON would not write with the same digits. */
  private takeMetadata(bytes: Uint8Array, at: number): boolean {
    const { parts, value } = this
    const { words } = value
    parts.envStart[at] = parts.envEnd[at] = parts.weightStart[at] = parts.weightEnd[at] = 0
    for (let word = 0; word < 4 * value.entries; word += 4) {
      const start = words[word] ?? 0
      const length = (words[word + 1] ?? 0) - start
      if (length === ENV.length && isAt(bytes, start, ENV)) {
        parts.envStart[at] = words[word + 2] ?? 0
        parts.envEnd[at] = words[word + 3] ?? 0
      } else if (length === WEIGHT.length && isAt(bytes, start, WEIGHT)) {
        const [from = 0, end = 0] = [words[word + 2], words[word + 3]]
        if (!isNumber(bytes, from, end)) return false
        parts.weightStart[at] = from
        parts.weightEnd[at] = end
      }
    }
    return true
  }

  private takeRest(bytes: Uint8Array, at: number): true {
    const { parts, value } = this
    parts.nameStart[at] = value.nameStart
    parts.nameEnd[at] = value.nameEnd
    parts.versionStart[at] = value.versionStart
    parts.versionEnd[at] = value.versionEnd
    let schemes = 0
    const first = 4 * value.entries
    for (let word = first; word < first + 2 * value.endpoints; word += 2) {
      const bit = schemeBit(bytes, value.words[word] ?? 0)
      schemes = bit === 0 || schemes < 0 ? -1 : schemes | bit
    }
    parts.schemes[at] = schemes
    return true
  }
}

function partsFor(length: number): CanonicalParts {
  const places = (): Int32Array => new Int32Array(length)
  return {
    nameStart: places(),
    nameEnd: places(),
    versionStart: places(),
    versionEnd: places(),
    envStart: places(),
    envEnd: places(),
    weightStart: places(),
    weightEnd: places(),
    schemes: places(),
  }
}

/** Whether the bytes at `place` are the word from `start` to `end`, which has no slash. */
function isSegment(bytes: Uint8Array, place: number, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]
    if (byte === SLASH || byte !== bytes[place + at - start]) return false
  }
  return true
}

function isAt(bytes: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let place = 0; place < text.length; place++) if (bytes[start + place] !== text[place]) return false
  return true
}

/** Whether the word is a number from 0 on that JSON writes with the same digits. */
function isNumber(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > EXACT || (bytes[start] === ZERO && end - start > 1)) return false
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0
    if (byte < ZERO || byte > NINE) return false
  }
  return true
}

/** The bit of the scheme with which an endpoint begins; 0 for a rare one. A value goes on behind its last word. */
function schemeBit(bytes: Uint8Array, start: number): number {
  for (let scheme = 0; scheme < SCHEMES.length; scheme++) {
    const text = SCHEMES[scheme]
    if (text && isAt(bytes, start, text)) return 1 << scheme
  }
  return 0
}
