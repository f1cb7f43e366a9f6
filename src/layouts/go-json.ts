import type { Metadata } from '../model/instance.ts'
import { goText } from './go-text.ts'
import { parseGoTime } from './go-time.ts'
import { ARRAY, JsonFault, type JsonKind, JsonScanner, OBJECT } from './json-scanner.ts'

/** The Go type of a struct's field. `presence` is none: its value is passed over, and true says that it was there. */
export type GoType = 'string' | '[]string' | 'map[string]string' | 'int64' | 'time.Time' | 'presence'

/** A Go struct: the JSON name of each field, in lower case, and its type. */
export type GoStruct = Readonly<Record<string, GoType>>

interface GoValues {
  readonly string: string
  readonly '[]string': readonly string[] | null
  readonly 'map[string]string': Metadata | null
  readonly int64: number
  /** Milliseconds since 1970. */
  readonly 'time.Time': number
  readonly presence: true
}

/** What was read of each field; undefined where Go would leave its zero value. */
export type GoFields<S extends GoStruct> = { readonly [Name in keyof S]?: GoValues[S[Name]] }

export type GoJson<S extends GoStruct> =
  | { readonly is: 'object'; readonly fields: GoFields<S> }
  | { readonly is: 'null' }
  /** JSON that Go refuses: the first value of a wrong type, and all the rest that could be read. */
  | {
      readonly is: 'wrong-type'
      readonly culprit: string
      readonly message: string
      readonly fields: GoFields<S>
    }
  | { readonly is: 'not-json'; readonly message: string; readonly at: number }

/**
 * Decodes as Go's `json.Unmarshal` does into a pointer to the struct: names match without regard to case, the last of
 * several wins (maps merge), null changes nothing in a string and empties a map or slice, unknown fields are ignored,
 * types are strict. Never throws. Source: Go's encoding/json, held against it by test/layouts/go-json.test.ts.
 */
export function decodeGoJson<S extends GoStruct>(bytes: Uint8Array, struct: S): GoJson<S> {
  const decoder = new StructDecoder(goText(bytes), struct)
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each field was filled by the type the struct gives it
    return decoder.document() as GoJson<S>
  } catch (error) {
    if (error instanceof JsonFault) return { is: 'not-json', message: error.message, at: error.at }
    throw error
  }
}

interface Fault {
  readonly culprit: string
  readonly message: string
}

const KINDS: Readonly<Record<JsonKind, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'a boolean',
  null: 'null',
  array: 'an array',
  object: 'an object',
}

class StructDecoder {
  private readonly scanner: JsonScanner
  private readonly struct: GoStruct
  private readonly fields: Record<string, GoValues[GoType] | undefined> = {}
  /** The memory behind each slice: Go decodes a second list over the first, whose elements null leaves as they were. */
  private readonly slices = new Map<string, string[]>()
  /** A second object is decoded into the same map. */
  private readonly maps = new Map<string, Record<string, string>>()
  private fault: Fault | undefined

  constructor(text: string, struct: GoStruct) {
    this.scanner = new JsonScanner(text)
    this.struct = struct
  }

  document(): GoJson<GoStruct> {
    const kind = this.scanner.kind()
    if (kind === 'object') this.object()
    else this.refuse('value', kind, 0)
    this.scanner.end()
    if (kind === 'null') return { is: 'null' }
    const { fault, fields } = this
    return fault ? { is: 'wrong-type', ...fault, fields } : { is: 'object', fields }
  }

  private object(): void {
    const { scanner } = this
    for (let more = scanner.enter(OBJECT); more; more = scanner.more(OBJECT)) {
      const name = this.fieldNamed(scanner.key())
      if (name === undefined) scanner.skip(1)
      else this.field(name, this.struct[name])
    }
  }

  private fieldNamed(key: string): string | undefined {
    if (Object.hasOwn(this.struct, key)) return key
    const folded = foldName(key)
    return Object.hasOwn(this.struct, folded) ? folded : undefined
  }

  private field(name: string, type: GoType | undefined): void {
    const kind = this.scanner.kind()
    if (type === 'presence') {
      this.fields[name] = true
      this.scanner.skip(1)
    } else if (kind === 'null') this.null(name, type)
    else if (type === 'string' && kind === 'string') this.fields[name] = this.scanner.string()
    else if (type === '[]string' && kind === 'array') this.fields[name] = this.slice(name)
    else if (type === 'map[string]string' && kind === 'object') this.fields[name] = this.map(name)
    else if (type === 'int64' && kind === 'number') this.integer(name)
    else if (type === 'time.Time' && kind === 'string') this.time(name)
    else this.refuse(name, kind, 1)
  }

  private null(name: string, type: GoType | undefined): void {
    this.scanner.scalar()
    if (type !== '[]string' && type !== 'map[string]string') return
    this.fields[name] = null
    this.slices.delete(name)
    this.maps.delete(name)
  }

  private slice(name: string): string[] {
    const { scanner } = this
    const memory = this.slices.get(name) ?? []
    let length = 0
    for (let more = scanner.enter(ARRAY); more; more = scanner.more(ARRAY)) {
      memory[length] = this.text(() => `${name}[${length}]`) ?? memory[length] ?? ''
      length += 1
    }
    // An empty list is a new one.
    if (length === 0) this.slices.delete(name)
    else this.slices.set(name, memory)
    return memory.slice(0, length)
  }

  private map(name: string): Metadata {
    const { scanner } = this
    const map = this.maps.get(name) ?? {}
    this.maps.set(name, map)
    for (let more = scanner.enter(OBJECT); more; more = scanner.more(OBJECT)) {
      const key = scanner.key()
      setOwn(map, key, this.text(() => `${name}.${key}`) ?? '')
    }
    return map
  }

  /** The string that comes next; undefined for null, and for what is neither. */
  private text(path: () => string): string | undefined {
    const kind = this.scanner.kind()
    if (kind === 'string') return this.scanner.string()
    if (kind === 'null') this.scanner.scalar()
    else this.refuse(path(), kind, 2)
    return undefined
  }

  private integer(name: string): void {
    const literal = this.scanner.scalar()
    if (!/^-?\d+$/.test(literal)) this.blame(name, `${name} is ${literal}, not an integer`)
    else if (BigInt.asIntN(64, BigInt(literal)) !== BigInt(literal)) this.blame(name, `${name} is out of range`)
    else this.fields[name] = Number(literal) + 0 // makes −0 a plain 0
  }

  private time(name: string): void {
    this.scanner.peek()
    const from = this.scanner.at + 1
    this.scanner.string()
    // Go reads the text as it stands, its escapes not resolved.
    const time = parseGoTime(this.scanner.text.slice(from, this.scanner.at - 1))
    if (time === undefined) this.blame(name, `${name} is not an RFC 3339 time`)
    else this.fields[name] = time
  }

  private refuse(path: string, kind: JsonKind, depth: number): void {
    this.blame(path, `${depth === 0 ? `the ${path}` : path} is ${KINDS[kind]}`)
    this.scanner.skip(depth)
  }

  private blame(culprit: string, message: string): void {
    this.fault ??= { culprit, message }
  }
}

/** `__proto__` is a key like any other. */
function setOwn(map: Record<string, string>, key: string, value: string): void {
  if (key === '__proto__')
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
  else map[key] = value
}

/** Go compares names by Unicode's simple folding, where two letters beyond ASCII fall together with one in it. */
export function foldName(name: string): string {
  return name.replaceAll('ſ', 's').replaceAll('\u212a', 'k').toLowerCase()
}
