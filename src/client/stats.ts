import type { Scope } from '../backends/contract/backend.ts'
import { type Stats, stats as statsOf } from '../reports/stats.ts'
import { eachKind } from './canonical-entries.ts'
import type { Client } from './client.ts'

/** What is counted. */
export interface StatsOptions {
  readonly scope?: Scope
  /** Also count by these keys of the metadata. */
  readonly by?: readonly string[]
  readonly signal?: AbortSignal
}

/**
 * Counts what there is, in all and by service: instances by status, version, scheme and layout, malformed and foreign records.
 * @throws RollcallError the registry's error when it cannot be read; the signal's reason
 */
export async function stats(client: Client, { scope, by = [], signal }: StatsOptions = {}): Promise<Stats> {
  const entries = client.entries(scope, { signal })
  const fold = statsOf(by)
  // Entries of one kind may differ in the metadata by which they are to be counted.
  for await (const part of by.length > 0 ? entries.batches() : entries.parts())
    eachKind(part, (entry, count) => fold.add(entry, count))
  return fold.result()
}
