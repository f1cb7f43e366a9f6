import type { InstanceEntry } from '../../model/reading.ts'

/** A moment by the wall clock, and by the steady clock, which is never set; both in milliseconds. */
export interface Moment {
  readonly wall: number
  readonly steady: number
}

/** What a look shows of one instance, in milliseconds. */
export interface Sighting {
  /** At least, and for sure: since the look that met its last renewal first. */
  readonly unrenewedFor: number
  /**
   * Present when clocks begin to differ, or no longer do (0): by how much the one that wrote the renewal is ahead of ours at
   * least; negative when it is behind.
   */
  readonly ahead?: number
}

interface Seen {
  readonly renewedAt: number | undefined
  /** When this renewal was first seen, by the steady clock without the uncounted time. */
  readonly aliveAt: number
  /** When the look began that met it last, by the steady clock. */
  readonly metAt: number
  readonly ahead: number
}

/** Intervals without a look, as when this machine slept, and without an answer to one. A busy machine is often late by one. */
const ABSENT = 4
const SILENT = 2
/** Milliseconds by which honest clocks differ, and a renewal is late on its way. */
const HONEST = 2_000

/**
 * When instances were renewed, by this process's own clock and whatever their writers' say: what has another time of
 * renewal than before is alive. Without a look nothing is known of renewals: a short time without an answer does not
 * count, and after a long one everything that is seen is taken for alive, as at the first look.
 */
export class Sightings {
  readonly #every: number
  readonly #seen = new Map<string, Seen>()
  #began = 0
  #asked = 0
  #heard = 0
  #failed = false
  /** Milliseconds that do not count, for any instance. */
  #uncounted = 0
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
    this.#began = steady
    this.#asked = steady
  }

  /** Some entries of this look, as they came. */
  note(entries: readonly InstanceEntry[], now: Moment): Sighting[] {
    this.#hear(now)
    return entries.map((entry) => this.#note(entry, now))
  }

  end(now: Moment): void {
    this.#hear(now)
    this.#largest = 0
    for (const [id, { metAt, ahead }] of this.#seen) {
      if (metAt === this.#began) this.#largest = Math.max(this.#largest, Math.abs(ahead))
      else this.#seen.delete(id)
    }
  }

  /** This look got no answer: the registry is away, for those who renew as well. */
  fail(): void {
    this.#failed = true
  }

  #hear({ steady }: Moment): void {
    const isAway = this.#failed || steady - this.#asked > SILENT * this.#every
    const silence = steady - this.#heard
    if (silence > (isAway ? SILENT : ABSENT) * this.#every) this.#seen.clear()
    else if (isAway) this.#uncounted += silence
    this.#asked = steady
    this.#heard = steady
    this.#failed = false
  }

  #note({ observed, records }: InstanceEntry, now: Moment): Sighting {
    const id = records[0]?.id ?? ''
    const renewedAt = observed.renewedAt ?? observed.registeredAt
    const before = this.#seen.get(id)
    const counted = now.steady - this.#uncounted
    if (before && before.renewedAt === renewedAt) {
      this.#seen.set(id, { ...before, metAt: this.#began })
      return { unrenewedFor: counted - before.aliveAt }
    }
    const ahead = aheadOf(renewedAt, before?.metAt, now)
    this.#seen.set(id, { renewedAt, aliveAt: counted, metAt: this.#began, ahead })
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
