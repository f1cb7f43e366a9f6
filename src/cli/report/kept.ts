import { SEVERITIES, type Severity } from '../../lint/rule.ts'

/** Keeps the worst, of one severity those that came first. */
export class Worst<Item extends { readonly severity: Severity }> {
  readonly #kept = new Map<Severity, Item[]>(SEVERITIES.map((severity) => [severity, []]))
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  add(item: Item): void {
    const alike = this.#kept.get(item.severity)
    if (alike && alike.length < this.#most) alike.push(item)
  }

  result(): readonly Item[] {
    return [...this.#kept.values()].flat().slice(0, this.#most)
  }
}

/** Keeps those that came last, and counts all. */
export class Latest<Item> {
  all = 0
  #kept: Item[] = []
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  add(item: Item): void {
    this.all++
    this.#kept.push(item)
    if (this.#kept.length >= 2 * this.#most) this.#kept = this.result()
  }

  result(): Item[] {
    return this.#kept.slice(-this.#most)
  }
}
