import type { Size, Terminal } from './terminal.ts'
import { styledWidth } from './styled.ts'

/** Milliseconds between two frames. */
const PACE = 100
/** Terminals that know these show a frame at once; others ignore them. */
const [TOGETHER, DONE] = ['\u001b[?2026h', '\u001b[?2026l']
const ERASE_REST = '\u001b[K'
const ERASE_BELOW = '\u001b[J'

/** The lines that are to be seen now: no more than the terminal has rows, none wider than it, without line ends. */
type Lines = (size: Size) => readonly string[]

/** What is seen on a terminal: draws the lines that changed, in one write a frame, and a few frames a second at most. */
export class Screen implements Disposable {
  /** Rejects when the terminal cannot be written to any more. */
  readonly lost: Promise<never>
  readonly #terminal: Terminal
  readonly #lines: Lines
  #lose: (error: unknown) => void = () => {}
  #shown: readonly string[] | undefined
  #timer: NodeJS.Timeout | undefined
  #isWriting = false
  #isStale = false
  #isClosed = false
  #drawnAt = -Infinity

  constructor(terminal: Terminal, lines: Lines) {
    this.#terminal = terminal
    this.#lines = lines
    this.lost = new Promise((_, reject) => {
      this.#lose = reject
    })
    this.lost.catch(() => {})
  }

  /** Something has changed: it is drawn soon. */
  refresh(): void {
    if (this.#isClosed || this.#timer) return
    const wait = Math.max(0, this.#drawnAt + PACE - performance.now())
    this.#timer = setTimeout(() => this.#draw(), wait)
  }

  /** Draws now: a key is answered without delay. */
  answer(): void {
    if (this.#isClosed) return
    clearTimeout(this.#timer)
    this.#draw()
  }

  /** What was drawn is gone or moved: everything is drawn again. */
  again(): void {
    this.#shown = undefined
    this.answer()
  }

  #draw(): void {
    this.#timer = undefined
    // A slow line: the newest frame is drawn when it has taken the last one.
    if (this.#isWriting) {
      this.#isStale = true
      return
    }
    const size = this.#terminal.size()
    const lines = this.#lines(size)
    const text = frame(this.#shown, lines, size)
    this.#shown = lines
    this.#drawnAt = performance.now()
    if (text === '') return
    this.#isWriting = true
    this.#terminal.write(TOGETHER + text + DONE).then(() => this.#written(), this.#lose)
  }

  #written(): void {
    this.#isWriting = false
    if (!this.#isStale || this.#isClosed) return
    this.#isStale = false
    this.refresh()
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }
}

/** What makes a terminal that shows some lines show others; from nothing, where it is not known what it shows. */
export function frame(
  before: readonly string[] | undefined,
  after: readonly string[],
  { columns, rows }: Size,
): string {
  const changed = after.slice(0, rows).map((line, at) => {
    if (line === before?.[at]) return ''
    return toRow(at) + line + (styledWidth(line) < columns ? ERASE_REST : '')
  })
  const isShorter = before === undefined || before.length > after.length
  const below = isShorter && after.length < rows ? toRow(after.length) + ERASE_BELOW : ''
  return changed.join('') + below
}

/** Moves the cursor to the beginning of a row. */
function toRow(row: number): string {
  return `\u001b[${row + 1};1H`
}
