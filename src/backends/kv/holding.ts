/** A lease that is to be renewed, with what should be attached to it. */
export interface HeldLease {
  readonly lease: string
  /** At most 100. The same array for the same keys. */
  readonly keys: readonly Uint8Array[]
  /** Milliseconds that the look at the keys can wait for others. */
  readonly patience: number
}

/** Receives what became of leases that are renewed together, by their places: one of the three is called for each. */
export interface HoldingResults {
  /** `ttl`: the seconds that it lasts from its heartbeat on. */
  kept(at: number, ttl: number): void
  /** There is no such lease, or one of the keys is not attached to it. */
  lost(at: number): void
  failed(at: number, error: unknown): void
}
