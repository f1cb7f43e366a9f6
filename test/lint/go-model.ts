import { isUtf8 } from 'node:buffer'

/**
 * A second, independent account of what Kratos' etcd client reads (wire-formats.md 2.1 and 3.3): Go's encoding/json
 * into five fields, then the JSON name against the key. Slow and simple on purpose.
 */
export interface Read {
  readonly name: string
  readonly id: string
}

type Json = string | number | boolean | null | { readonly list: Json[] } | { readonly members: [string, Json][] }

/** What a client that asks for the value's own name is given for this record; undefined: an error, a panic, or nothing. */
export function kratosReads(prefix: string, key: Uint8Array, value: Uint8Array): Read | undefined {
  const fields = decode(value)
  if (!fields) return undefined
  const asked = Buffer.from(`${prefix}/${fields.name}`)
  return Buffer.from(key).subarray(0, asked.length).equals(asked) ? fields : undefined
}

function decode(value: Uint8Array): Read | undefined {
  const json = parse(textOf(Buffer.from(value)))
  if (typeof json !== 'object' || json === null || !('members' in json)) return undefined
  const read = { id: '', name: '', version: '' }
  for (const [member, content] of json.members) {
    const field = member.toLowerCase().replaceAll('\u017f', 's')
    if (field === 'id' || field === 'name' || field === 'version') {
      if (!isTextOrNull(content)) return undefined
      if (content !== null) read[field] = content
    }
    if (field === 'metadata' && content !== null && !isTexts(membersOf(content))) return undefined
    if (field === 'endpoints' && content !== null && !isTexts(elementsOf(content))) return undefined
  }
  return read
}

/** As Go has it: each byte that begins no character is one U+FFFD, also where several of them begin one together. */
function textOf(bytes: Buffer): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const size = [1, 2, 3, 4].find((length) => isUtf8(bytes.subarray(at, at + length)))
    text += size === undefined ? '\ufffd' : bytes.toString('utf8', at, at + size)
    at += size ?? 1
  }
  return text
}

function isTextOrNull(json: Json): json is string | null {
  return json === null || typeof json === 'string'
}

function isTexts(list: readonly Json[] | undefined): boolean {
  return list?.every(isTextOrNull) ?? false
}

function membersOf(json: Json): Json[] | undefined {
  return typeof json === 'object' && json && 'members' in json ? json.members.map(([, content]) => content) : undefined
}

function elementsOf(json: Json): Json[] | undefined {
  return typeof json === 'object' && json && 'list' in json ? json.list : undefined
}

/** JSON with repeated members kept in order; undefined where the text is none. */
function parse(text: string): Json | undefined {
  const tokens = text.match(/"(?:[^"\\]|\\[^])*"|[{}[\],:]|[^\s"{}[\],:]+|[ \t\r\n]+|[^]/g) ?? []
  const solid = tokens.filter((token) => !/^[ \t\r\n]+$/.test(token))
  try {
    const json = parseOne(solid)
    return solid.length === 0 ? json : undefined
  } catch {
    return undefined
  }
}

function parseOne(tokens: string[]): Json {
  const token = tokens.shift() ?? ''
  if (token === '[') return { list: parseMany(tokens, ']', () => parseOne(tokens)) }
  if (token === '{') return { members: parseMany(tokens, '}', () => parseMember(tokens)) }
  return JSON.parse(token)
}

function parseMember(tokens: string[]): [string, Json] {
  const name: unknown = JSON.parse(tokens.shift() ?? '')
  if (typeof name !== 'string' || tokens.shift() !== ':') throw new SyntaxError('no member')
  return [name, parseOne(tokens)]
}

function parseMany<T>(tokens: string[], end: string, one: () => T): T[] {
  const items: T[] = []
  if (tokens[0] === end) return tokens.shift(), items
  for (;;) {
    items.push(one())
    const next = tokens.shift()
    if (next === end) return items
    if (next !== ',') throw new SyntaxError('no comma')
  }
}
