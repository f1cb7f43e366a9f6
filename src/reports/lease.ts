import type { CountedInstance } from '../model/reading.ts'

/** Layouts whose writers always attach a lease. */
const LEASED: ReadonlySet<string> = new Set(['kratos', 'kratos-scheme', 'plain', 'go-zero', 'kitex', 'goframe'])

/** Whether its layout, in a key-value store, lives by a lease, and it has none: nothing shows that it is alive. Records of other registries have none. */
export function lacksLease({ observed, records }: Pick<CountedInstance, 'observed' | 'records'>): boolean {
  return (
    observed.lease === undefined &&
    LEASED.has(observed.layout ?? '') &&
    records.every(({ body }) => body instanceof Uint8Array)
  )
}
