import type { Key } from '../screen/keys.ts'
import { edited } from '../screen/line-input.ts'
import type { Action } from './actions.ts'
import type { ScreenRow } from './rows.ts'
import { type Level, type State, type View, currentOf, isList, levelOf, placeOf, withLevel } from './state.ts'

/** What a key asks for beyond the screen. */
export type Effect = { readonly do: 'quit' } | { readonly do: 'interrupt' } | Action

/** What the user sees when a key is pressed. */
export interface Seen {
  /** Of a list, all of its rows; empty elsewhere. */
  readonly rows: readonly ScreenRow[]
  /** Of text, how many lines there are; 0 elsewhere. */
  readonly lines: number
  /** Rows that the screen has for them. */
  readonly page: number
  /** Of one instance: its row, while it is there. */
  readonly subject: ScreenRow | undefined
}

interface Pressed {
  readonly state: State
  readonly effect?: Effect
}

/** The state after a key. Pure, and any key at any time has one. */
export function press(before: State, key: Key, seen: Seen): Pressed {
  const state = { ...before, message: undefined }
  if (key.is === 'ctrl-c') return { state, effect: { do: 'interrupt' } }
  if (state.typing !== undefined) return { state: typed(state, key) }
  if (key.is === 'text') return command(state, key.text, seen)
  return { state: move(state, key, seen) }
}

/** While a filter is typed, every key is of it. */
function typed(state: State, key: Key): State {
  const filter = edited(currentOf(state).filter, key)
  if (filter !== undefined) return filtered(state, filter)
  if (key.is === 'enter') return { ...state, typing: undefined }
  return key.is === 'escape' ? { ...filtered(state, state.typing ?? ''), typing: undefined } : state
}

function filtered(state: State, filter: string): State {
  return withLevel(state, { filter, chosen: { key: undefined, at: 0 }, from: 0 })
}

function command(state: State, text: string, seen: Seen): Pressed {
  const { view, filter } = currentOf(state)
  switch (text) {
    case 'q':
      return { state, effect: { do: 'quit' } }
    case 'o':
      return change(state, 'offline', seen)
    case 'd':
      return change(state, 'deregister', seen)
    case '/':
      return { state: view.is === 'instance' ? state : { ...state, typing: filter } }
    case 'f':
      return { state: { ...state, faults: !state.faults } }
    case 'w':
      return { state: { ...state, wide: !state.wide, left: 0 } }
    case 'h':
      return { state: { ...state, levels: [levelOf({ is: isByHost(state) ? 'services' : 'hosts' })], left: 0 } }
    case 'e':
      return { state: view.is === 'events' ? back(state) : entered(state, eventsOf(view)) }
    default:
      return { state: move(state, { is: MOVES[text] ?? 'ctrl-l' }, seen) }
  }
}

/** As in less and vi. */
const MOVES: Readonly<Record<string, Key['is'] & ('up' | 'down' | 'home' | 'end' | 'page-down')>> = {
  k: 'up',
  j: 'down',
  g: 'home',
  G: 'end',
  ' ': 'page-down',
}

function isByHost({ levels }: State): boolean {
  return levels[0]?.view.is === 'hosts'
}

function eventsOf(view: View): View {
  return { is: 'events', service: 'service' in view ? view.service : undefined }
}

function change(state: State, action: 'offline' | 'deregister', seen: Seen): Pressed {
  const { view } = currentOf(state)
  const row = isList(view) ? seen.rows[placeOf(currentOf(state), seen.rows)] : seen.subject
  if (!row) return { state: { ...state, message: 'there is no instance here' } }
  const isSingle = row.is === 'instance' || (row.is === 'malformed' && action === 'deregister')
  if (isSingle || (row.is === 'service' && action === 'deregister'))
    return { state: choosing(state, seen), effect: { do: action, row } }
  const message = row.is === 'malformed' ? 'a malformed record has no status' : 'press Enter, and choose an instance'
  return { state: { ...state, message } }
}

type Movement = { readonly is: Exclude<Key['is'], 'text' | 'paste'> } | { readonly is: 'paste' }

function move(state: State, key: Movement, seen: Seen): State {
  const level = currentOf(state)
  switch (key.is) {
    case 'enter':
      return enter(choosing(state, seen), seen.rows[placeOf(level, seen.rows)])
    case 'escape':
      return level.filter === '' ? back(state) : filtered(state, '')
    case 'backspace':
      return back(state)
    case 'left':
      return state.wide ? { ...state, left: Math.max(0, state.left - 1) } : back(state)
    case 'right':
      return state.wide ? { ...state, left: Math.min(MOST_LEFT, state.left + 1) } : state
    default: {
      const step = stepOf(key.is, seen.page)
      return step === 0 ? state : moved(state, level, step, seen)
    }
  }
}

/** What a key was pressed on is chosen, as if the user had moved there: the next key is for it too, wherever its row has gone. */
function choosing(state: State, { rows }: Seen): State {
  const level = currentOf(state)
  const at = placeOf(level, rows)
  return isList(level.view) ? withLevel(state, { chosen: { key: rows[at]?.key, at } }) : state
}

/** No table has more columns. */
const MOST_LEFT = 20

/** How many rows a key moves down. */
function stepOf(key: Movement['is'], page: number): number {
  if (key === 'up' || key === 'down') return key === 'up' ? -1 : 1
  if (key === 'page-up' || key === 'page-down') return Math.max(1, page) * (key === 'page-up' ? -1 : 1)
  if (key === 'home' || key === 'end') return key === 'home' ? -Infinity : Infinity
  return 0
}

function moved(state: State, level: Level, step: number, { rows, lines, page }: Seen): State {
  if (!isList(level.view)) {
    const from = between(level.from + step, Math.max(0, lines - page))
    return withLevel(state, { from })
  }
  const at = between(placeOf(level, rows) + step, Math.max(0, rows.length - 1))
  return withLevel(state, { chosen: { key: rows[at]?.key, at } })
}

function between(value: number, most: number): number {
  return Math.max(0, Math.min(value, most))
}

function enter(state: State, row: ScreenRow | undefined): State {
  switch (row?.is) {
    case 'service':
      return entered(state, { is: 'service', service: row.key })
    case 'host':
      return entered(state, { is: 'host', host: row.key })
    case 'instance':
      return entered(state, { is: 'instance', service: row.entry.service, key: row.key })
    default:
      return state
  }
}

function entered(state: State, view: View): State {
  return { ...state, levels: [...state.levels, levelOf(view)], left: 0 }
}

function back(state: State): State {
  return state.levels.length > 1 ? { ...state, levels: state.levels.slice(0, -1), left: 0 } : state
}
