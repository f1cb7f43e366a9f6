import type { Metadata } from '../model/instance.ts'

/** A field of a struct as Go's encoding/json takes it; null is a nil map or slice. */
export type GoValue = string | number | null | readonly string[] | Metadata

/** JSON as Go's `json.Marshal` writes a struct: fields in the order given, a map's keys sorted by their bytes. */
export function encodeGoJson(struct: Readonly<Record<string, GoValue>>): string {
  let members = ''
  for (const name in struct) {
    const value = struct[name]
    if (value !== undefined) members += `${members === '' ? '' : ','}${encodeString(name)}:${encodeValue(value)}`
  }
  return `{${members}}`
}

function encodeValue(value: GoValue): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return encodeString(value)
  if (isList(value)) return `[${value.map(encodeString).join(',')}]`
  return encodeMap(value)
}

function isList(value: readonly string[] | Metadata): value is readonly string[] {
  return Array.isArray(value)
}

function encodeMap(map: Metadata): string {
  const keys = Object.keys(map)
  // Of plain text both orders are the same.
  if (keys.every((key) => PLAIN.test(key))) keys.sort()
  else keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  let entries = ''
  for (const key of keys) entries += `${entries === '' ? '' : ','}${encodeString(key)}:${encodeString(map[key] ?? '')}`
  return `{${entries}}`
}

/** Text of which no character is escaped, as nearly all are. */
const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/

/** Go also escapes what HTML gives a meaning to, and the two line ends of JavaScript. */
const GO_ESCAPES = /[<>&\u2028\u2029]/g

/** A JSON string as Go writes it. */
export function encodeString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  // Half a surrogate pair is not text; Go writes the escape of U+FFFD for it.
  const parts = text.isWellFormed() ? [text] : text.split(/\p{Cs}/u)
  const inner = parts.map((part) => JSON.stringify(part).slice(1, -1)).join('\\ufffd')
  return `"${inner.replace(GO_ESCAPES, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`
}
