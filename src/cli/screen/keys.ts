/** A key that was pressed, or a text that was pasted. */
export type Key =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'paste'; readonly text: string }
  | { readonly is: NamedKey }

export type NamedKey =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'home'
  | 'end'
  | 'page-up'
  | 'page-down'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'ctrl-c'
  | 'ctrl-l'
  | 'ctrl-u'
  | 'ctrl-z'

const FINAL: Readonly<Record<string, NamedKey>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
}
/** Before a tilde: `ESC [ 5 ~`. */
const NUMBERED: Readonly<Record<string, NamedKey>> = {
  1: 'home',
  4: 'end',
  5: 'page-up',
  6: 'page-down',
  7: 'home',
  8: 'end',
}
const CONTROLS: Readonly<Record<string, NamedKey>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\b': 'backspace',
  '\u007f': 'backspace',
  '\u0003': 'ctrl-c',
  '\u000c': 'ctrl-l',
  '\u0015': 'ctrl-u',
  '\u001a': 'ctrl-z',
}

const ESCAPE = '\u001b'
const PASTE = '\u001b[200~'
const PASTED = '\u001b[201~'
/** A pasted text that does not end is not waited for without end. */
const LONGEST_PASTE = 100_000
// eslint-disable-next-line no-control-regex -- what a terminal sends for a key begins with ESC
const SEQUENCE = /^\u001b(?:\[([0-9;?<=>]*)([@-~])|O([A-Za-z])|([^[O\u001b]))/
// eslint-disable-next-line no-control-regex -- the same, and not all of it has come
const UNFINISHED = /^\u001b(?:\[[0-9;?<=>]*|O)?$/

/** Makes keys of what a terminal sends, which may be cut anywhere. */
export class KeyDecoder {
  #pending = ''

  /** Whether something has come that may be the beginning of a key. Where nothing follows soon, it is the Escape key: `flush`. */
  get isWaiting(): boolean {
    return this.#pending !== ''
  }

  decode(text: string): Key[] {
    let left = this.#pending + text
    this.#pending = ''
    const keys: Key[] = []
    while (left !== '') {
      const taken = left.startsWith(ESCAPE) ? sequenceAt(left) : characterAt(left)
      if (taken === undefined) {
        this.#pending = left
        break
      }
      if (taken.key) keys.push(taken.key)
      left = left.slice(taken.length)
    }
    return keys
  }

  /** What is waiting is all there is, but of a pasted text: if its end comes late, it holds no keys either. */
  flush(): Key[] {
    if (this.#pending.startsWith(PASTE)) return []
    const waiting = this.#pending
    this.#pending = ''
    return waiting === ESCAPE ? [{ is: 'escape' }] : []
  }
}

interface Taken {
  readonly length: number
  /** Left out for what is not a key of ours. */
  readonly key?: Key
}

function characterAt(text: string): Taken {
  const character = String.fromCodePoint(text.codePointAt(0) ?? 0)
  const named = CONTROLS[character]
  if (named) return { length: 1, key: { is: named } }
  if (character < ' ') return { length: 1 }
  return { length: character.length, key: { is: 'text', text: character } }
}

/** Undefined where the rest has not come yet. */
function sequenceAt(text: string): Taken | undefined {
  if (text.startsWith(PASTE)) return pasteAt(text)
  if (UNFINISHED.test(text)) return undefined
  const found = SEQUENCE.exec(text)
  // Twice Escape, or something unheard of: the first is a key by itself.
  if (!found) return { length: 1, key: { is: 'escape' } }
  const [{ length }, parameters = '', final = '', single = ''] = found
  const named = final === '~' ? NUMBERED[parameters.split(';')[0] ?? ''] : FINAL[final || single]
  return named ? { length, key: { is: named } } : { length }
}

function pasteAt(text: string): Taken | undefined {
  const end = text.indexOf(PASTED)
  if (end >= 0) return { length: end + PASTED.length, key: { is: 'paste', text: text.slice(PASTE.length, end) } }
  return text.length > LONGEST_PASTE ? { length: text.length } : undefined
}
