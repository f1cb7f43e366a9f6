/** What a strategy chooses among. */
export interface Candidate {
  /** Unique among those it stands with, and the same from one list to the next. */
  readonly key: string
  /** What the registry says; undefined where it says nothing. */
  readonly weight?: number | undefined
}

/** A number from 0 to below 1, as Math.random gives it. */
export type Chance = () => number
