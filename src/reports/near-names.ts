/**
 * The names that someone may have meant, nearest first: a few letters wrong, left out, doubled or swapped, or one name
 * the beginning of the other.
 */
export function nearNames(wanted: string, names: Iterable<string>, limit = 3): string[] {
  const folded = wanted.toLowerCase()
  const allowed = Math.max(1, Math.floor(folded.length / 3))
  const near: { name: string; distance: number }[] = []
  for (const name of names) {
    const distance = distanceTo(folded, name.toLowerCase(), allowed)
    if (distance > allowed) continue
    near.push({ name, distance })
    near.sort((a, b) => a.distance - b.distance)
    near.length = Math.min(near.length, limit)
  }
  return near.map(({ name }) => name)
}

/** `did you mean "up"?`, or undefined when nothing is near. */
export function didYouMean(wanted: string, names: Iterable<string>): string | undefined {
  const near = nearNames(wanted, names)
  return near.length === 0 ? undefined : `did you mean ${near.map((name) => `"${name}"`).join(' or ')}?`
}

function distanceTo(wanted: string, name: string, allowed: number): number {
  if (wanted === name) return 0
  if (Math.min(wanted.length, name.length) >= 3 && (name.startsWith(wanted) || wanted.startsWith(name))) return 1
  return Math.abs(wanted.length - name.length) > allowed ? Number.POSITIVE_INFINITY : editDistance(wanted, name)
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        (current[column - 1] ?? 0) + 1,
        (last[column] ?? 0) + 1,
        (last[column - 1] ?? 0) + cost,
        swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    beforeLast = last
    last = current
  }
  return last[b.length] ?? 0
}

/** A hint for a mistyped word: `did you mean "kratos"?`, or all there is. */
export function suggestion(typed: string, names: readonly string[]): string {
  return didYouMean(typed, names) ?? `one of ${names.join(', ')}`
}
