/** A lease that is to be renewed, with what should be attached to it. */
export interface HeldLease {
  /** As the store has granted it. */
  readonly lease: string
  /** At most 100. The same array for the same keys. */
  readonly keys: readonly Uint8Array[]
  /** Milliseconds that the look at the keys can wait for others. */
  readonly patience: number
}

/** Receives what became of leases that are renewed together, by their places; of each once. */
export interface HoldingResults {
  /** `ttls`: by place, the seconds that each lasts from its heartbeat on. */
  kept(places: readonly number[], ttls: readonly number[]): void
  /** There is no such lease, or one of the keys is not attached to it. */
  lost(at: number): void
  failed(at: number, error: unknown): void
}
