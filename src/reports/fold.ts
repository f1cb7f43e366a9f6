/** What is read, taken in one item at a time, so that a report of a million instances holds only its own numbers. */
export interface ReportFold<Item, Result> {
  /** `times`: how many such items there are, alike in everything that the report says. */
  add(item: Item, times?: number): void
  /** The report of what was added so far. */
  result(): Result
}

/** A report of parts that were counted apart. */
export interface Including<Result> {
  include(part: Result): void
}

/** Counts by word. A Map, because words from a registry may be `__proto__`. */
export type Counts = Map<string, number>

export function count(counts: Counts, word: string, times = 1): void {
  counts.set(word, (counts.get(word) ?? 0) + times)
}

/** Plain data, the keys in order. */
export function sortedCounts(counts: Counts): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => byCode(a, b)))
}

/** The order of all lists: by character code, the same on every machine. */
export function byCode(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
