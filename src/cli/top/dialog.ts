import type { Question } from '../io.ts'
import type { Size } from '../screen/terminal.ts'
import type { Colours } from '../output/colours.ts'
import { clean } from '../output/text.ts'
import { wrapped } from '../output/wrap.ts'
import type { Key } from '../screen/keys.ts'
import { edited } from '../screen/line-input.ts'

/** A change as the user sees it: its plan, the question, and what became of it. */
export interface Dialog {
  readonly title: string
  /** What the command has written so far, cleaned. */
  readonly lines: readonly string[]
  /** The last line, which the next replaces. */
  readonly progress: string
  readonly question: Question | undefined
  /** What was typed in answer to a question for a text. */
  readonly typed: string
  readonly isDone: boolean
  /** How many lines below those that are seen the user has scrolled away from; 0 at the end. */
  readonly below: number
}

export function dialogOf(title: string): Dialog {
  return { title, lines: [], progress: '', question: undefined, typed: '', isDone: false, below: 0 }
}

/** What a key makes of a dialog, and what it answers: undefined where it goes on. */
export type DialogPress =
  | { readonly dialog: Dialog; readonly answer?: boolean | string }
  | { readonly closes: true }
  | { readonly stops: true }

/** Lines that a key scrolls. Whoever reads a long plan has not answered its question. */
const UPWARDS: Readonly<Partial<Record<Key['is'], number>>> = { up: 1, down: -1, 'page-up': 10, 'page-down': -10 }

/** Pure, and any key at any time has a result. Only a yes is one. */
export function pressDialog(dialog: Dialog, key: Key): DialogPress {
  const { question } = dialog
  const up = UPWARDS[key.is]
  if (up !== undefined) return { dialog: { ...dialog, below: Math.max(0, dialog.below + up) } }
  if (question?.type === 'confirm') return confirmed(dialog, key)
  if (question) return typedIn(dialog, key)
  if (!dialog.isDone) return key.is === 'ctrl-c' || key.is === 'escape' ? { stops: true } : { dialog }
  return { closes: true }
}

function confirmed(dialog: Dialog, key: Key): DialogPress {
  if (key.is === 'text' && key.text.toLowerCase() === 'y') return answered(dialog, true)
  const isNo = key.is === 'text' ? ['n', 'q'].includes(key.text.toLowerCase()) : key.is !== 'paste'
  return isNo ? answered(dialog, false) : { dialog }
}

function typedIn(dialog: Dialog, key: Key): DialogPress {
  const typed = edited(dialog.typed, key)
  if (typed !== undefined) return { dialog: { ...dialog, typed } }
  if (key.is === 'enter') return answered(dialog, dialog.typed)
  return key.is === 'escape' || key.is === 'ctrl-c' ? answered(dialog, false) : { dialog }
}

function answered(dialog: Dialog, answer: boolean | string): DialogPress {
  return { dialog: { ...dialog, question: undefined, typed: '' }, answer }
}

/** How a line that says how far the work is gives way to the next. */
const ERASE = '\r\u001b[K'

/** The dialog with what the command has written now. Colours are not expected; nothing else gets through raw. */
export function written(dialog: Dialog, text: string): Dialog {
  const [last = '', ...ended] = (dialog.progress + text).split('\n').toReversed()
  const lines = ended.toReversed().map((line) => clean(afterErase(line)))
  return { ...dialog, lines: [...dialog.lines, ...lines].slice(-KEPT), progress: clean(afterErase(last)) }
}

/** Lines of a plan that are kept: nobody scrolls through more. */
const KEPT = 10_000

function afterErase(line: string): string {
  return line.slice(line.lastIndexOf(ERASE) < 0 ? 0 : line.lastIndexOf(ERASE) + ERASE.length)
}

/** The title, as much as fits of what was written, its end where it is not scrolled, and the question. */
export function dialogLines(dialog: Dialog, { columns, rows }: Size, colours: Colours): string[] {
  const { title, lines, progress, question, typed } = dialog
  const asked = question
    ? wrapped(clean(`${question.message}${question.type === 'input' ? ` ${typed}` : ''}`), columns)
    : []
  const marked = asked.map(
    (line, at) => colours('strong', line) + (at === asked.length - 1 ? colours('chosen', ' ') : ''),
  )
  const all = [...lines, progress]
    .filter((line, at) => at < lines.length || line !== '')
    .flatMap((line) => wrapped(line, columns))
  const room = Math.max(0, rows - 1 - marked.length)
  const from = Math.max(0, all.length - room - dialog.below)
  const seen = all.slice(from, from + room)
  const shown = rows <= marked.length ? marked : [colours('strong', clean(title)), ...seen, ...marked]
  return shown.slice(0, rows)
}
