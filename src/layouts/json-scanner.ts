import { escapeKey } from '../model/key.ts'

/** The text is not JSON. Never leaves this folder, and is not an Error: there may be millions, and a stack is expensive. */
export class JsonFault {
  readonly message: string
  readonly at: number

  constructor(message: string, at: number) {
    this.message = message
    this.at = at
  }
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
export const ARRAY = 0x5b
export const OBJECT = 0x7b

/** Levels of nesting that Go's decoder takes. */
const MAX_DEPTH = 10_000

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const LITERAL = /true|false|null/y
const HEX4 = /[\da-fA-F]{4}/y
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

export type JsonKind = 'string' | 'number' | 'boolean' | 'null' | 'array' | 'object'

/** Walks over JSON text as Go's encoding/json does. Every method throws JsonFault where Go reports a syntax error. */
export class JsonScanner {
  readonly text: string
  /** Where the next character stands. */
  at = 0

  constructor(text: string) {
    this.text = text
  }

  /** The next character that is not white space, not consumed; NaN at the end. */
  peek(): number {
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code
      this.at += 1
    }
  }

  /** What kind of value comes next. */
  kind(): JsonKind {
    const code = this.peek()
    if (code === QUOTE) return 'string'
    if (code === OBJECT) return 'object'
    if (code === ARRAY) return 'array'
    if (code === 0x6e) return 'null'
    if (code === 0x74 || code === 0x66) return 'boolean'
    return 'number'
  }

  /** Nothing but white space may follow. */
  end(): void {
    if (!Number.isNaN(this.peek())) this.fail()
  }

  /** Goes into the array or object that comes next; whether anything is in it. With `more` it makes a loop. */
  enter(open: number): boolean {
    if (this.peek() !== open) this.fail()
    this.at += 1
    if (this.peek() !== closing(open)) return true
    this.at += 1
    return false
  }

  /** Consumes a comma, or the bracket that closes what this one opened; whether it was a comma. */
  more(open: number): boolean {
    const code = this.peek()
    if (code !== COMMA && code !== closing(open)) this.fail()
    this.at += 1
    return code === COMMA
  }

  /** The name of a member, with its colon. */
  key(): string {
    if (this.peek() !== QUOTE) this.fail()
    const name = this.string()
    if (this.peek() !== COLON) this.fail()
    this.at += 1
    return name
  }

  /** The string that comes next, unescaped; half a surrogate pair becomes U+FFFD, as in Go. */
  string(): string {
    const { text } = this
    this.peek()
    const from = this.at + 1
    for (let at = from; ; at++) {
      const code = text.charCodeAt(at)
      if (code === QUOTE) {
        this.at = at + 1
        return text.slice(from, at)
      }
      if (code === BACKSLASH) return this.escaped(from, at)
      if (!(code >= 0x20)) this.fail(at)
    }
  }

  /** The literal text of the number, boolean or null that comes next. */
  scalar(): string {
    const pattern = this.kind() === 'number' ? NUMBER : LITERAL
    pattern.lastIndex = this.at
    const literal = pattern.exec(this.text)?.[0]
    if (!literal) return this.fail()
    this.at += literal.length
    return literal
  }

  /** Passes over the value that comes next, inside so many levels of nesting. */
  skip(depth: number): void {
    const open: number[] = []
    for (;;) {
      const code = this.peek()
      if (code === OBJECT || code === ARRAY) {
        if (depth + open.length >= MAX_DEPTH) this.fail()
        if (this.enter(code)) {
          open.push(code)
          if (code === OBJECT) this.key()
          continue
        }
      } else if (code === QUOTE) this.string()
      else this.scalar()
      if (!this.afterValue(open)) return
    }
  }

  /** Closes what ends here; whether another value follows. */
  private afterValue(open: number[]): boolean {
    for (;;) {
      const top = open.at(-1)
      if (top === undefined) return false
      if (this.more(top)) {
        if (top === OBJECT) this.key()
        return true
      }
      open.pop()
    }
  }

  private escaped(from: number, firstEscape: number): string {
    const { text } = this
    let value = text.slice(from, firstEscape)
    for (let at = firstEscape; ; ) {
      const code = text.charCodeAt(at)
      if (code === QUOTE) {
        this.at = at + 1
        return value
      }
      if (!(code >= 0x20)) this.fail(at)
      if (code !== BACKSLASH) {
        value += text[at]
        at += 1
      } else if (text[at + 1] === 'u') {
        const [character, length] = this.unicodeEscape(at)
        value += character
        at += length
      } else {
        value += ESCAPES[text[at + 1] ?? ''] ?? this.fail(at)
        at += 2
      }
    }
  }

  /** The character that an escape of the form backslash-u names, and the escape's length. */
  private unicodeEscape(at: number): [character: string, length: number] {
    const first = this.hex4(at + 2) ?? this.fail(at)
    if (first < 0xd800 || first > 0xdfff) return [String.fromCharCode(first), 6]
    const second = this.text.startsWith('\\u', at + 6) ? this.hex4(at + 8) : undefined
    const paired = first < 0xdc00 && second !== undefined && second >= 0xdc00 && second <= 0xdfff
    return paired ? [String.fromCharCode(first, second), 12] : ['\ufffd', 6]
  }

  private hex4(at: number): number | undefined {
    HEX4.lastIndex = at
    const digits = HEX4.exec(this.text)?.[0]
    return digits === undefined ? undefined : Number.parseInt(digits, 16)
  }

  fail(at = this.at): never {
    this.at = at
    throw new JsonFault(at >= this.text.length ? 'it ends too early' : `unexpected ${show(this.text, at)}`, at)
  }
}

/** The closing bracket stands two after its opening one in ASCII. */
function closing(open: number): number {
  return open + 2
}

function show(text: string, at: number): string {
  return `"${escapeKey(Buffer.from(String.fromCodePoint(text.codePointAt(at) ?? 0)))}" at ${at}`
}
