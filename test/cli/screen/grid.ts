import type { Size, Terminal, TerminalListener } from '../../../src/cli/screen/terminal.ts'
import { width } from '../../../src/cli/output/width.ts'

/** A terminal in memory, which shows what a real one would, and on which a test can type. */
export class Grid implements Terminal {
  columns: number
  rows: number
  /** What was written, frame by frame. */
  readonly frames: string[] = []
  suspended = 0
  interrupted = 0
  isTaken = false
  #lines: string[]
  #listener: TerminalListener | undefined

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
    this.#lines = Array.from({ length: rows }, () => '')
  }

  size(): Size {
    return { columns: this.columns, rows: this.rows }
  }

  take(listener: TerminalListener): void {
    this.#listener = listener
    this.isTaken = true
  }

  release(): string {
    this.isTaken = false
    this.#listener = undefined
    return ''
  }

  suspend(): void {
    this.suspended++
  }

  interrupt(): void {
    this.interrupted++
  }

  async write(text: string): Promise<void> {
    this.frames.push(text)
    this.#lines = shownAfter(this.#lines, text, this.size())
  }

  /** What is seen: a line each, without colours and without spaces at the end. */
  get text(): string {
    return this.#lines.map((line) => line.trimEnd()).join('\n')
  }

  type(...texts: readonly string[]): void {
    for (const text of texts) this.#listener?.typed(text)
  }

  resize(columns: number, rows: number): void {
    Object.assign(this, { columns, rows })
    this.#lines = Array.from({ length: rows }, (_, at) => this.#lines[at] ?? '')
    this.#listener?.resized()
  }
}

// eslint-disable-next-line no-control-regex -- what commands a terminal begins with ESC
const COMMAND = /\u001b\[(\??)([0-9;]*)([A-Za-z])/g

/** What is on the screen after a text. Anything but moving to a row, erasing and colours is an error. */
function shownAfter(lines: readonly string[], text: string, { columns, rows }: Size): string[] {
  const shown = [...lines]
  let [row, from] = [0, 0]
  const put = (plain: string) => {
    // eslint-disable-next-line no-control-regex -- these are what must not be there
    if (/[\u0000-\u001f\u007f-\u009f]/.test(plain)) throw new Error(`raw: ${JSON.stringify(plain)}`)
    if (plain === '') return
    shown[row] = isBegun ? `${shown[row] ?? ''}${plain}` : plain
    isBegun = true
    if (width(shown[row] ?? '') > columns) throw new Error(`wider than ${columns}: ${shown[row]}`)
    if (row >= rows) throw new Error(`below the last row: ${plain}`)
  }
  let isBegun = true
  for (const { 0: whole, 1: isPrivate, 2: numbers, 3: final, index } of text.matchAll(COMMAND)) {
    put(text.slice(from, index))
    from = index + whole.length
    if (isPrivate || final === 'm') continue
    if (final === 'H') {
      row = Number(numbers?.split(';')[0]) - 1
      isBegun = false
    } else if (final === 'K') {
      if (!isBegun) shown[row] = ''
    } else if (final === 'J') shown.fill('', row)
    else throw new Error(`unexpected ${JSON.stringify(whole)}`)
  }
  put(text.slice(from))
  return shown
}
