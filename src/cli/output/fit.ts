export const GAP = '  '
/** Narrower than this a cell says nothing: rather a column is left out. */
const NARROWEST = 6

/**
 * The widths at which columns are shown, the widest made narrower first; fewer than were given when not even narrow
 * ones fit, the last left out first. Without a limit they stay as they are.
 */
export function fit(natural: readonly number[], limit: number | undefined): number[] {
  if (limit === undefined) return [...natural]
  const widths = natural.map((width) => Math.min(width, limit))
  while (widths.length > 1 && total(widths.map((width) => Math.min(width, NARROWEST))) > limit) widths.pop()
  for (let excess = total(widths) - limit; excess > 0; excess--) {
    const widest = widths.indexOf(Math.max(...widths))
    widths[widest] = (widths[widest] ?? 1) - 1
  }
  return widths
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1))
}
