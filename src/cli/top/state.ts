/** A list on the screen: of services, of hosts, or of the instances of one of them. */
export type ListView =
  | { readonly is: 'services' }
  | { readonly is: 'hosts' }
  | { readonly is: 'service'; readonly service: string }
  | { readonly is: 'host'; readonly host: string }

/** What is on the screen. */
export type View =
  | ListView
  /** Everything that is known of an instance. */
  | { readonly is: 'instance'; readonly service: string; readonly key: string }
  /** What happened, to one service or to all. */
  | { readonly is: 'events'; readonly service: string | undefined }

/** A view, and where the user is in it. */
export interface Level {
  readonly view: View
  /** The row of a list that is chosen: its key, and the place it had. Where the key is gone, or none was chosen yet, it is the row at that place. */
  readonly chosen: { readonly key: string | undefined; readonly at: number }
  /** Of text: the first line that is seen. */
  readonly from: number
  readonly filter: string
}

/** What the user has pressed so far, in the end. */
export interface State {
  /** The way to what is on the screen, which is the last. Never empty. */
  readonly levels: readonly Level[]
  readonly faults: boolean
  readonly wide: boolean
  /** Columns that are left out on the left in the wide view. */
  readonly left: number
  /** While a filter is typed: what it was before. */
  readonly typing: string | undefined
  /** A line for the user, until the next key. */
  readonly message: string | undefined
}

export function levelOf(view: View): Level {
  return { view, chosen: { key: undefined, at: 0 }, from: 0, filter: '' }
}

export const BEGINNING: State = {
  levels: [levelOf({ is: 'services' })],
  faults: false,
  wide: false,
  left: 0,
  typing: undefined,
  message: undefined,
}

/** What is on the screen. */
export function currentOf({ levels }: State): Level {
  return levels.at(-1) ?? levelOf({ is: 'services' })
}

export function isList(view: View): view is ListView {
  return view.is !== 'instance' && view.is !== 'events'
}

/** The same state with the last level changed. */
export function withLevel(state: State, change: Partial<Level>): State {
  return { ...state, levels: [...state.levels.slice(0, -1), { ...currentOf(state), ...change }] }
}

/** The place of the chosen row among these. */
export function placeOf({ chosen }: Level, rows: readonly { readonly key: string }[]): number {
  const found = rows[chosen.at]?.key === chosen.key ? chosen.at : rows.findIndex(({ key }) => key === chosen.key)
  return found >= 0 ? found : Math.max(0, Math.min(chosen.at, rows.length - 1))
}
