/** What a strategy chooses among. */
export interface Candidate {
  /** Unique among those it stands with, and the same from one list to the next. */
  readonly key: string
  /** The weight in the registry; undefined when it has none. */
  readonly weight?: number | undefined
  /** What the registry itself counts it for, chosen or not, unless its metadata have a weight for Kratos' clients. */
  readonly registryWeight?: number | undefined
}

/** A number from 0 to below 1, as Math.random gives it. */
export type Chance = () => number
