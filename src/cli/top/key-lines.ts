import { width } from '../output/width.ts'
import type { Dialog } from './dialog.ts'
import { type State, type View, currentOf } from './state.ts'

/** A key and what it does: as long as there is room for, and short. */
type Hint = readonly [key: string, long: string, short: string]

const OPEN: Hint = ['Enter', 'open', 'open']
const BACK: Hint = ['Esc', 'back', 'back']
const QUIT: Hint = ['q', 'quit', 'quit']
const FILTER: Hint = ['/', 'filter', 'filter']
const FAULTS: Hint = ['f', 'faults', 'faults']
const HOSTS: Hint = ['h', 'hosts', 'hosts']
const SERVICES: Hint = ['h', 'services', 'svcs']
const WIDE: Hint = ['w', 'wide', 'wide']
const EVENTS: Hint = ['e', 'events', 'events']
const OFFLINE: Hint = ['o', 'offline', 'off']
const DEREGISTER: Hint = ['d', 'deregister', 'dereg']

const OF_LIST = [FILTER, FAULTS, HOSTS, WIDE, EVENTS]
const HINTS: Readonly<Record<View['is'], readonly Hint[]>> = {
  services: [OPEN, ...OF_LIST, DEREGISTER, QUIT],
  hosts: [OPEN, FILTER, FAULTS, SERVICES, WIDE, EVENTS, QUIT],
  service: [OPEN, BACK, ...OF_LIST, OFFLINE, DEREGISTER, QUIT],
  host: [OPEN, BACK, FILTER, FAULTS, SERVICES, WIDE, EVENTS, OFFLINE, DEREGISTER, QUIT],
  instance: [BACK, EVENTS, OFFLINE, DEREGISTER, QUIT],
  events: [BACK, FILTER, QUIT],
}
const WHILE_TYPING: readonly Hint[] = [
  ['Enter', 'keep', 'keep'],
  ['Esc', 'as before', 'undo'],
  ['!word', 'without it', 'not'],
]

/** The keys at the bottom: on one line if they fit, else short, else short on two lines. */
export function keyLines(state: State, dialog: Dialog | undefined, columns: number): string[] {
  const hints = hintsOf(state, dialog)
  const [long, short] = [1, 2].map((form) => hints.map((hint) => `${hint[0]} ${hint[form]}`))
  if (fits(long, columns)) return [join(long)]
  if (fits(short, columns)) return [join(short)]
  const half = Math.ceil((short ?? []).length / 2)
  return [join(short?.slice(0, half)), join(short?.slice(half))]
}

function hintsOf(state: State, dialog: Dialog | undefined): readonly Hint[] {
  if (dialog?.question?.type === 'confirm')
    return [
      ['y', 'yes', 'yes'],
      ['n', 'no', 'no'],
    ]
  if (dialog?.question)
    return [
      ['Enter', 'go on', 'go on'],
      ['Esc', 'leave it', 'no'],
    ]
  if (dialog) return dialog.isDone ? [['Enter', 'go back', 'back']] : [['Ctrl-C', 'stop', 'stop']]
  return state.typing === undefined ? HINTS[currentOf(state).view.is] : WHILE_TYPING
}

function join(words: readonly string[] = []): string {
  return words.join('  ')
}

function fits(words: readonly string[] | undefined, columns: number): boolean {
  return width(join(words)) <= columns
}
