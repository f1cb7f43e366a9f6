import { byServiceName } from '../../backends/contract/service-order.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { byCode } from '../../reports/fold.ts'
import type { InstanceSide } from './side.ts'

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

/** A side as it is read. */
export type Stream = Pick<InstanceSide, 'name'> & { readonly batches: AsyncIterable<readonly InstanceEntry[]> }

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
    const [some, others] = [left.take(service), right.take(service)]
    for (const entry of some) waiting.meet('before', entry)
    for (const entry of others) waiting.meet('after', entry)
    await Promise.all([left.fill(), right.fill()])
    const [isLeft, isRight] = [left.service === service, right.service === service]
    const isLast = !isLeft && !isRight
    const unlike = isLast ? waiting.all() : isLeft && isRight ? [] : waiting.alone(isLeft ? 'before' : 'after')
    yield { service, before: some.length, after: others.length, unlike, isLast }
    if (isLast) return
  }
}

/** A place in a side. */
class Cursor {
  readonly #name: string
  readonly #batches: AsyncIterator<readonly InstanceEntry[]>
  #batch: readonly InstanceEntry[] = []
  #at = 0
  #last: string | undefined

  constructor({ name, batches }: Stream) {
    this.#name = name
    this.#batches = batches[Symbol.asyncIterator]()
  }

  /** The service of the next instance, once filled; undefined at the end. */
  get service(): string | undefined {
    return this.#batch[this.#at]?.service
  }

  /** Reads on where nothing is left of what was read. */
  async fill(): Promise<void> {
    while (this.#at === this.#batch.length) {
      const next = await this.#batches.next()
      if (next.done) return
      this.#batch = next.value
      this.#at = 0
    }
  }

  /** The instances of a service that were read and come next. */
  take(service: string): readonly InstanceEntry[] {
    if (this.service !== service) return []
    if (this.#last !== undefined && this.#last !== service && byServiceName(this.#last, service) > 0)
      throw this.#unordered()
    this.#last = service
    const from = this.#at
    while (this.service === service) this.#at++
    return this.#batch.slice(from, this.#at)
  }

  /** Never in a registry that this program reads itself; a server between may be anything. */
  #unordered(): RollcallError {
    return new RollcallError('unsupported', `${this.#name} does not list its services in order`, {
      hint: 'export it to a file first: rollcall export --file',
    })
  }

  async close(): Promise<void> {
    await this.#batches.return?.()
  }
}

/** The instances of one service that have no match yet, by id. */
class Waiting {
  readonly #isSame: IsSame
  readonly #held = new Map<string, { readonly before: InstanceEntry[]; readonly after: InstanceEntry[] }>()

  constructor(isSame: IsSame) {
    this.#isSame = isSame
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
