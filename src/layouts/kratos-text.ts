import type { Metadata } from '../model/instance.ts'
import type { GoFields } from './go-json.ts'
import type { KRATOS } from './kratos-value.ts'

/** ASCII without escapes, so that a string ends at the next quote. */
const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/
const STARTS_AS_NUMBER = /^\d/

/** A value's fields, and its text where that is what JSON.stringify gives for them. */
export interface KratosText {
  readonly is: 'object'
  readonly fields: GoFields<typeof KRATOS>
  readonly json?: string
}

/**
 * The fields of a value that is, letter for letter, as Kratos' encoder writes plain words: all fields once, in its
 * order, without white space. Nearly every value is. Undefined for any other, which `decodeGoJson` reads: what this
 * reads, that reads alike, five times as slowly.
 */
export function readKratosText(value: Uint8Array): KratosText | undefined {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const text = bytes.toString('latin1')
  if (!text.startsWith('{"id":"') || !PLAIN.test(text)) return undefined
  const from = new Words(text)
  const id = from.field('{"id":"')
  const name = from.field(',"name":"')
  const version = from.field(',"version":"')
  if (id === undefined || name === undefined || version === undefined) return undefined
  const metadata = from.takes(',"metadata":') ? from.map() : undefined
  const endpoints = from.takes(',"endpoints":') ? from.list() : undefined
  if (metadata === undefined || endpoints === undefined || !from.takes('}') || !from.atEnd) return undefined
  const fields = { id, name, version, metadata, endpoints }
  const faithful = metadata !== null && endpoints !== null && !from.reordered
  return faithful ? { is: 'object', fields, json: text } : { is: 'object', fields }
}

/** Takes a text piece by piece. Once a piece is not as expected, nothing is. */
class Words {
  /** Whether a map was read whose object holds its keys in another order, or fewer of them: a key twice, or a number. */
  reordered = false
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  get atEnd(): boolean {
    return this.at === this.text.length
  }

  takes(literal: string): boolean {
    const found = this.text.startsWith(literal, this.at)
    if (found) this.at += literal.length
    return found
  }

  /** The string that begins behind this literal. */
  field(literal: string): string | undefined {
    return this.takes(literal) ? this.string() : undefined
  }

  map(): Metadata | null | undefined {
    if (this.takes('null')) return null
    const map: Record<string, string> = {}
    if (this.takes('{}')) return map
    for (let more = this.takes('{"'); more; more = this.takes(',"')) {
      const key = this.string()
      const value = this.field(':"')
      if (value === undefined || key === '__proto__') return undefined
      if (map[key] !== undefined || STARTS_AS_NUMBER.test(key)) this.reordered = true
      map[key] = value
    }
    return this.takes('}') ? map : undefined
  }

  list(): readonly string[] | null | undefined {
    if (this.takes('null')) return null
    const list: string[] = []
    if (this.takes('[]')) return list
    for (let more = this.takes('["'); more; more = this.takes(',"')) list.push(this.string())
    return this.takes(']') ? list : undefined
  }

  /** Up to the next quote; without one the text is over, and nothing more is taken. */
  private string(): string {
    const from = this.at
    const quote = this.text.indexOf('"', from)
    const end = quote < 0 ? this.text.length : quote
    this.at = end + 1
    return this.text.slice(from, end)
  }
}
