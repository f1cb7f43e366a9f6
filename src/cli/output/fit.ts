/** A column before it is known how wide it is shown. */
export interface Fitting {
  /** Of its longest cell. */
  readonly natural: number
  /** `name` and `word` stay while another column can be cut or left out. */
  readonly kind: 'name' | 'word' | 'text'
  /** Of text: it is left out after all other text. */
  readonly goesLast?: boolean
  /** No cell has anything to say. */
  readonly isEmpty: boolean
}

/** A column that is shown, by its place among all. */
export interface Fitted {
  readonly at: number
  readonly width: number
}

export const GAP = '  '
/** Cut to less than this, text says nothing: the column is left out. */
const LEAST = 16
/** Narrower than this a cell says nothing, whatever it is. */
const NARROWEST = 6

/**
 * The columns that a terminal shows, and how wide. What is too much goes in this order: empty columns, the last first; text
 * down to some words, the widest first; whole columns of text, the widest first, and at last those that go last; names; everything. Without a limit all stay as they are.
 */
export function fit(columns: readonly Fitting[], limit: number | undefined): Fitted[] {
  let shown = columns.map(({ natural, kind, isEmpty, goesLast = false }, at) => ({
    at,
    kind,
    isEmpty,
    goesLast,
    width: natural,
  }))
  const without = (out: (typeof shown)[number]) => {
    shown = shown.filter((each) => each !== out)
  }
  if (limit === undefined || excess(shown, limit) <= 0) return shown
  for (const each of shown.slice(1).toReversed()) {
    if (each.isEmpty && excess(shown, limit) > 0) without(each)
  }
  const texts = () => shown.filter(({ kind }) => kind === 'text')
  while (texts().length > 0 && excess(leastOf(shown, 'text', LEAST), limit) > 0) {
    if (shown.length === 1) break
    const first = texts().filter(({ goesLast }) => !goesLast)
    without(widestOf(first.length > 0 ? first : texts()))
  }
  narrow(texts(), excess(shown, limit), LEAST)
  while (shown.length > 1 && excess(leastOf(shown, undefined, NARROWEST), limit) > 0) shown.pop()
  narrow(
    shown.filter(({ kind }) => kind === 'name'),
    excess(shown, limit),
    NARROWEST,
  )
  narrow(shown, excess(shown, limit), 0)
  return shown.map(({ at, width }) => ({ at, width }))
}

interface Wide {
  width: number
  readonly kind: Fitting['kind']
}

function excess(shown: readonly { readonly width: number }[], limit: number): number {
  return shown.reduce((sum, { width }) => sum + width, GAP.length * (shown.length - 1)) - limit
}

/** The same with every column of that kind, or of all, no wider than so many. */
function leastOf(shown: readonly Wide[], of: Fitting['kind'] | undefined, most: number): Wide[] {
  return shown.map(({ width, kind }) => ({
    kind,
    width: of === undefined || kind === of ? Math.min(width, most) : width,
  }))
}

/** Takes so many columns away, one by one from the widest, but leaves each this wide. */
function narrow(shown: readonly Wide[], columns: number, least: number): void {
  for (let left = columns; left > 0; left--) {
    const cuttable = shown.filter(({ width }) => width > least)
    if (cuttable.length === 0) return
    widestOf(cuttable).width--
  }
}

/** Of several as wide, the last. */
function widestOf<Each extends { readonly width: number }>(shown: readonly Each[]): Each {
  const [first, ...rest] = shown
  if (!first) throw new TypeError('no column is the widest of none')
  return rest.reduce((widest, each) => (each.width >= widest.width ? each : widest), first)
}
