import type { RollcallError } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import { pause } from '../../model/back-off.ts'
import { isAway } from '../../backends/contract/outcome.ts'
import type { Client } from '../client.ts'
import type { Run } from '../undo/run.ts'
import { type BackupRecord, writeBackup } from './backup.ts'
import type { PlannedRemoval } from './removal.ts'

/** Removed between two looks at the signal: as many transactions as etcd is sent at once, of 125 records each. */
const BATCH = 500

interface Stop {
  readonly signal?: AbortSignal
}

interface RemoveOptions extends Stop {
  /** How many records are removed a second, at most. */
  readonly rate?: number
  /** Is called with the ids of the records that are to be removed next, and waited for. */
  readonly before?: (ids: readonly string[]) => Promise<void>
}

/** Writes the raw records to a new file, and those of `also` as they are; on disk when this returns. @throws RollcallError `usage` when the file cannot be written */
export async function backUp(
  client: Client,
  removals: readonly PlannedRemoval[],
  {
    path,
    run,
    also = [],
  }: { readonly path: string; readonly run: Omit<Run, 'records'>; readonly also?: readonly BackupRecord[] },
  stop: Stop = {},
): Promise<void> {
  const leases = [...new Set(removals.flatMap(({ record, ttl }) => (ttl ? [] : (record.lease ?? []))))]
  const states = leases.length === 0 ? undefined : await client.backend.leases?.(leases, { ...stop, keys: false })
  const records: BackupRecord[] = [...also]
  for (const { record, layout, ttl } of removals) {
    const granted = ttl?.granted ?? (record.lease === undefined ? undefined : states?.get(record.lease)?.granted)
    // It went with its lease meanwhile. Without one it would come back for ever.
    if (granted === 0) continue
    records.push({ ...record, layout, ttlGranted: granted ?? null })
  }
  await writeBackup(path, run, records)
}

/**
 * Removes what is still as the plan saw it; an outcome a record, once, in any order. Told to stop, it finishes the batch it
 * is at, so that there is an outcome for all that was tried. When the registry is away, what is left is not attempted.
 * @throws the signal's reason
 */
export async function* removeAll(
  client: Client,
  removals: readonly PlannedRemoval[],
  { signal, before, rate }: RemoveOptions = {},
): AsyncGenerator<Outcome, void, undefined> {
  let away: RollcallError | undefined
  const records = [...new Map(removals.map(({ record }) => [record.id, record])).values()]
  // At a rate they go in tenths of a second.
  const size = rate === undefined ? BATCH : Math.min(BATCH, Math.max(1, Math.floor(rate / 10)))
  let next = 0
  for (let at = 0; at < records.length; at += size) {
    signal?.throwIfAborted()
    const batch = records.slice(at, at + size)
    if (away) {
      for (const { id } of batch) yield { id, result: 'not-attempted', error: away }
      continue
    }
    if (rate !== undefined) {
      await pause(next - performance.now(), signal)
      next = performance.now() + (batch.length / rate) * 1000
    }
    await before?.(batch.map(({ id }) => id))
    for await (const outcome of client.remove(batch)) {
      if (isAway(outcome.error)) away = outcome.error
      yield outcome
    }
  }
}
