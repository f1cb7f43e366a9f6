import type { InstanceEntry } from '../../model/reading.ts'

/** A moment by the wall, and by a clock that nobody sets; both in milliseconds. */
export interface Moment {
  readonly wall: number
  readonly steady: number
}

/** What a look tells of one instance, in milliseconds. */
export interface Sighting {
  /** At least, and for sure: since the look that met its last renewal first. */
  readonly unrenewedFor: number
  /**
   * Told when clocks begin to differ, or no longer do (0): by how much the one that wrote the renewal is ahead of ours at
   * least; negative when it is behind.
   */
  readonly ahead?: number
}

interface Seen {
  readonly renewedAt: number | undefined
  /** When this renewal was met first, and when the look began that met it last; both by the steady clock. */
  readonly aliveAt: number
  readonly metAt: number
  readonly ahead: number
}

/** Intervals without a look, as when the machine slept, and without an answer. A busy machine is often late by one. */
const ABSENT = 4
const SILENT = 2
/** Milliseconds by which honest clocks differ, and a renewal is late on its way. */
const HONEST = 2_000

/**
 * When instances were renewed, by this process's own clock and whatever their writers' say: what has another time of
 * renewal than before lives. Who could not look cannot say that nobody renewed, so everything that is met after that is
 * taken for alive, as at the first look.
 */
export class Sightings {
  readonly #every: number
  readonly #seen = new Map<string, Seen>()
  #began = 0
  #asked = 0
  /** The last whole look. */
  #ended: number | undefined
  #largest = 0

  /** Milliseconds between looks. */
  constructor(every: number) {
    this.#every = every
  }

  /** The largest difference of clocks, in milliseconds. */
  get largest(): number {
    return this.#largest
  }

  begin({ steady }: Moment): void {
    if (this.#ended !== undefined && steady - this.#ended > ABSENT * this.#every) this.forget()
    this.#began = steady
    this.#asked = steady
  }

  /** Some entries of this look, as they came. */
  note(entries: readonly InstanceEntry[], now: Moment): Sighting[] {
    if (now.steady - this.#asked > SILENT * this.#every) this.forget()
    const sightings = entries.map((entry) => this.#note(entry, now))
    this.#asked = now.steady
    return sightings
  }

  end({ steady }: Moment): void {
    this.#ended = steady
    this.#largest = 0
    for (const [id, { metAt, ahead }] of this.#seen) {
      if (metAt === this.#began) this.#largest = Math.max(this.#largest, Math.abs(ahead))
      else this.#seen.delete(id)
    }
  }

  /** The registry was away, for those who renew as well. */
  forget(): void {
    this.#seen.clear()
  }

  #note({ observed, records }: InstanceEntry, now: Moment): Sighting {
    const id = records[0]?.id ?? ''
    const renewedAt = observed.renewedAt ?? observed.registeredAt
    const before = this.#seen.get(id)
    if (before && before.renewedAt === renewedAt) {
      this.#seen.set(id, { ...before, metAt: this.#began })
      return { unrenewedFor: now.steady - before.aliveAt }
    }
    const ahead = aheadOf(renewedAt, before?.metAt, now)
    this.#seen.set(id, { renewedAt, aliveAt: now.steady, metAt: this.#began, ahead })
    const changed = Math.sign(before?.ahead ?? 0) !== Math.sign(ahead)
    return { unrenewedFor: 0, ...(changed && { ahead }) }
  }
}

/** How far outside of what can be its writer's time lies: between `since`, when it was not yet so, and now. */
function aheadOf(renewedAt: number | undefined, since: number | undefined, { wall, steady }: Moment): number {
  if (renewedAt === undefined) return 0
  const least = since === undefined ? -Infinity : wall - (steady - since)
  const off = renewedAt > wall ? renewedAt - wall : Math.min(0, renewedAt - least)
  return Math.abs(off) > HONEST ? off : 0
}
