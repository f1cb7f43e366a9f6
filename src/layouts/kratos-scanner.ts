const [PLAIN, OTHER] = [0, 1]
const [QUOTE, SHARP, COMMA, COLON, BACKSLASH, UNDERSCORE] = [0x22, 0x23, 0x2c, 0x3a, 0x5c, 0x5f]
const [ZERO, NINE] = [0x30, 0x39]

/** By byte. A string of plain ones ends at the next quote. */
const KINDS = new Uint8Array(256).fill(OTHER)
KINDS.fill(PLAIN, 0x20, 0x7f)
for (const byte of [QUOTE, SHARP, BACKSLASH]) KINDS[byte] = OTHER

const BEFORE_ID = Buffer.from('{"id":"')
const BEFORE_NAME = Buffer.from('","name":"')
const BEFORE_VERSION = Buffer.from('","version":"')
const BEFORE_METADATA = Buffer.from('","metadata":')
const BEFORE_ENDPOINTS = Buffer.from(',"endpoints":')
const NULL = Buffer.from('null')
const NO_MAP = Buffer.from('{}')
const MAP = Buffer.from('{"')
const MAP_END = Buffer.from('"}')
const NO_LIST = Buffer.from('[]')
const LIST = Buffer.from('["')
const LIST_END = Buffer.from('"]')
const END = Buffer.from('}')
const MAGIC = Buffer.from('__proto__')
/** Keys that are compared with one another, each with all before it. */
const FEW = 32

/**
 * Finds the fields of values that are, letter for letter, as Kratos' encoder writes plain words: all fields once, in its
 * order, without white space. Makes no strings and no objects: it says where each word begins and ends. One scanner is for
 * many values, one after the other.
 */
export class KratosScanner {
  idStart = 0
  idEnd = 0
  nameStart = 0
  nameEnd = 0
  versionStart = 0
  versionEnd = 0
  /** The number of keys in the metadata; -1 for null. */
  entries = 0
  /** The number of endpoints; -1 for null. */
  endpoints = 0
  /** Where each word begins and ends: the metadata, key by key with its value, and then the endpoints. */
  words = new Int32Array(64)
  /** Whether an object made of the metadata may hold its keys in another order, or fewer of them: a key twice, or a number. */
  reordered = false
  /** Whether two `#` follow one another, which the log of a CI job may take for a command. */
  hasTwoHashes = false
  private bytes: Uint8Array = new Uint8Array()
  private at = 0
  private end = 0

  /** Whether the bytes from `from` to `end` are such a value; the fields hold until the next call. */
  scan(bytes: Uint8Array, from: number, end: number): boolean {
    this.bytes = bytes
    this.at = from
    this.end = end
    this.reordered = false
    this.hasTwoHashes = false
    if (!this.takes(BEFORE_ID)) return false
    this.idStart = this.at
    this.idEnd = this.at = this.wordFrom(this.at)
    if (!this.takes(BEFORE_NAME)) return false
    this.nameStart = this.at
    this.nameEnd = this.at = this.wordFrom(this.at)
    if (!this.takes(BEFORE_VERSION)) return false
    this.versionStart = this.at
    this.versionEnd = this.at = this.wordFrom(this.at)
    if (!this.takes(BEFORE_METADATA) || !this.map()) return false
    return this.takes(BEFORE_ENDPOINTS) && this.list() && this.takes(END) && this.at === end
  }

  private map(): boolean {
    this.entries = this.takes(NULL) ? -1 : 0
    if (this.entries < 0 || this.takes(NO_MAP)) return true
    if (!this.takes(MAP)) return false
    const { bytes } = this
    for (let { at } = this; ; ) {
      const keyEnd = this.wordFrom(at)
      if (bytes[keyEnd] !== QUOTE || bytes[keyEnd + 1] !== COLON || bytes[keyEnd + 2] !== QUOTE) return false
      if (bytes[at] === UNDERSCORE && isMagic(bytes, at, keyEnd)) return false
      const words = this.wordsFor(4 * this.entries + 4)
      this.reordered ||= this.isOutOfOrder(at, keyEnd)
      const valueEnd = this.wordFrom(keyEnd + 3)
      const place = 4 * this.entries++
      words[place] = at
      words[place + 1] = keyEnd
      words[place + 2] = keyEnd + 3
      words[place + 3] = this.at = valueEnd
      if (bytes[valueEnd] !== QUOTE || bytes[valueEnd + 1] !== COMMA || bytes[valueEnd + 2] !== QUOTE) break
      at = valueEnd + 3
    }
    return this.takes(MAP_END)
  }

  private list(): boolean {
    this.endpoints = this.takes(NULL) ? -1 : 0
    if (this.endpoints < 0 || this.takes(NO_LIST)) return true
    if (!this.takes(LIST)) return false
    const { bytes } = this
    for (let { at } = this, place = 4 * Math.max(this.entries, 0); ; place += 2) {
      const wordEnd = this.wordFrom(at)
      const words = this.wordsFor(place + 2)
      words[place] = at
      words[place + 1] = this.at = wordEnd
      this.endpoints++
      if (bytes[wordEnd] !== QUOTE || bytes[wordEnd + 1] !== COMMA || bytes[wordEnd + 2] !== QUOTE) break
      at = wordEnd + 3
    }
    return this.takes(LIST_END)
  }

  private takes(literal: Uint8Array): boolean {
    const { bytes, at } = this
    const { length } = literal
    if (at + length > this.end) return false
    for (let place = 0; place < length; place++) if (bytes[at + place] !== literal[place]) return false
    this.at = at + length
    return true
  }

  /** Where a word ends that begins here: at a quote, or at what is in no plain word. */
  private wordFrom(start: number): number {
    const { bytes, end } = this
    for (let at = start; ; at++) {
      while (at < end && KINDS[bytes[at] ?? 0] === PLAIN) at++
      if (at >= end || bytes[at] !== SHARP) return at
      if (bytes[at + 1] === SHARP) this.hasTwoHashes = true
    }
  }

  /** The words, with room for so many places. */
  private wordsFor(places: number): Int32Array {
    if (places <= this.words.length) return this.words
    const more = new Int32Array(2 * places)
    more.set(this.words)
    this.words = more
    return more
  }

  /** Whether an object puts this key elsewhere: one of digits at its beginning, or one that was there before. */
  private isOutOfOrder(start: number, end: number): boolean {
    const { bytes, words, entries } = this
    const first = bytes[start] ?? 0
    if ((first >= ZERO && first <= NINE) || entries >= FEW) return true
    for (let other = 0; other < 4 * entries; other += 4) {
      const otherStart = words[other] ?? 0
      if ((words[other + 1] ?? 0) - otherStart === end - start && isSame(bytes, otherStart, start, end)) return true
    }
    return false
  }
}

/** Whether the bytes at `other` are those from `start` to `end`. */
function isSame(bytes: Uint8Array, other: number, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== bytes[other + at - start]) return false
  return true
}

/** Whether the word is a name that every object has for itself. */
function isMagic(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === MAGIC.length && MAGIC.every((byte, place) => bytes[start + place] === byte)
}
