import { byServiceName } from '../../backends/contract/service-order.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { byCode } from '../../reports/fold.ts'
import { Cursor, type Stream } from './cursor.ts'
import { meetBytes } from './same-bytes.ts'

/** An instance that is on one side only, or that is not the same on both. */
export interface Unlike {
  readonly id: string
  readonly before?: InstanceEntry
  readonly after?: InstanceEntry
}

/** A service, or a part of one: what two sides have of it. */
export interface MatchStep {
  readonly service: string
  /** How many instances of it were met on each side since the last step. */
  readonly before: number
  readonly after: number
  readonly unlike: readonly Unlike[]
  /** No further step is about this service. */
  readonly isLast: boolean
}

/** Has to hold for two canonical records with the same bytes, which are not asked about. */
export type IsSame = (before: InstanceEntry, after: InstanceEntry) => boolean

/**
 * Two sides, service by service. Instances are matched by their ids; of several with one id, those that are the same first, and the
 * others in their order. Held in memory is what has no match yet: little where both sides have the same order within a service,
 * at most one service otherwise.
 */
export async function* matched(
  before: Stream,
  after: Stream,
  isSame: IsSame,
): AsyncGenerator<MatchStep, void, undefined> {
  const [left, right] = [new Cursor(before), new Cursor(after)]
  try {
    await Promise.all([left.fill(), right.fill()])
    for (;;) {
      const [a, b] = [left.service, right.service]
      if (a === undefined && b === undefined) return
      const order = a === undefined ? 1 : b === undefined ? -1 : byServiceName(a, b)
      const service = (order <= 0 ? a : b) ?? ''
      yield* inService(service, left, right, isSame)
    }
  } finally {
    await Promise.all([left.close(), right.close()])
  }
}

async function* inService(
  service: string,
  left: Cursor,
  right: Cursor,
  isSame: IsSame,
): AsyncGenerator<MatchStep, void, undefined> {
  const waiting = new Waiting(isSame)
  for (;;) {
    const [before, after] = meet(service, left, right, waiting)
    await Promise.all([left.fill(), right.fill()])
    const [isLeft, isRight] = [left.service === service, right.service === service]
    const isLast = !isLeft && !isRight
    const unlike = isLast ? waiting.all() : isLeft && isRight ? [] : waiting.alone(isLeft ? 'before' : 'after')
    yield { service, before, after, unlike, isLast }
    if (isLast) return
  }
}

/** Takes some that come next, on at least one side; returns how many of each. */
function meet(service: string, left: Cursor, right: Cursor, waiting: Waiting): [before: number, after: number] {
  const [a, b] = [left.canonical(service), right.canonical(service)]
  if (a && b) {
    const counts = meetBytes(a, b, {
      before: (at) => waiting.meet('before', a.entries.entry(at)),
      after: (at) => waiting.meet('after', b.entries.entry(at)),
      isFree: (id) => waiting.isEmpty || !waiting.has(id()),
    })
    left.pass(service, counts[0])
    right.pass(service, counts[1])
    return counts
  }
  // Of canonical records no more than the other side has: what comes next there may be canonical as well.
  const [count, others] = [left.count(service), right.count(service)]
  const before = left.take(service, a && others > 0 ? others : count)
  const after = right.take(service, b && count > 0 ? count : others)
  for (const entry of before) waiting.meet('before', entry)
  for (const entry of after) waiting.meet('after', entry)
  return [before.length, after.length]
}

/** The instances of one service that have no match yet, by id. */
class Waiting {
  readonly #isSame: IsSame
  readonly #held = new Map<string, { readonly before: InstanceEntry[]; readonly after: InstanceEntry[] }>()

  constructor(isSame: IsSame) {
    this.#isSame = isSame
  }

  get isEmpty(): boolean {
    return this.#held.size === 0
  }

  has(id: string): boolean {
    return this.#held.has(id)
  }

  meet(side: 'before' | 'after', entry: InstanceEntry): void {
    const { id } = entry.instance
    const held = this.#held.get(id)
    if (!held) {
      this.#held.set(id, { before: [], after: [], [side]: [entry] })
      return
    }
    const others = held[side === 'before' ? 'after' : 'before']
    const at = others.findIndex((other) =>
      side === 'before' ? this.#isSame(entry, other) : this.#isSame(other, entry),
    )
    if (at < 0) held[side].push(entry)
    else others.splice(at, 1)
    if (held.before.length + held.after.length === 0) this.#held.delete(id)
  }

  /** Takes those that only this side has, once nothing more comes of the other. */
  alone(side: 'before' | 'after'): Unlike[] {
    const found: Unlike[] = []
    for (const [id, held] of this.#held) {
      if (held[side === 'before' ? 'after' : 'before'].length > 0) continue
      found.push(...held[side].map((entry) => ({ id, [side]: entry })))
      this.#held.delete(id)
    }
    return found
  }

  /** Takes all that are left, by id. */
  all(): Unlike[] {
    const found = [...this.#held]
      .sort(([a], [b]) => byCode(a, b))
      .flatMap(([id, { before, after }]) =>
        Array.from({ length: Math.max(before.length, after.length) }, (_, at): Unlike => {
          const [one, other] = [before[at], after[at]]
          return { id, ...(one && { before: one }), ...(other && { after: other }) }
        }),
      )
    this.#held.clear()
    return found
  }
}
