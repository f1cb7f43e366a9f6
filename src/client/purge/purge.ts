import type { Outcome } from '../../model/record.ts'
import type { Client } from '../client.ts'
import { type BackupRecord, writeBackup } from './backup.ts'
import type { PlannedRemoval } from './plan.ts'

export interface PurgeRun {
  /** Where the raw records are written before the first one is removed. */
  readonly backup: string
  readonly signal?: AbortSignal
}

/** Writes the backup, then removes what is still as the plan saw it; an outcome a record, in any order. */
export async function* purge(
  client: Client,
  removals: readonly PlannedRemoval[],
  run: PurgeRun,
): AsyncGenerator<Outcome> {
  const signal = run.signal ? { signal: run.signal } : {}
  await writeBackup(run.backup, await forBackup(client, removals, signal))
  yield* client.remove(
    removals.map((removal) => removal.record),
    signal,
  )
}

async function forBackup(
  client: Client,
  removals: readonly PlannedRemoval[],
  signal: { signal?: AbortSignal },
): Promise<BackupRecord[]> {
  const leases = [...new Set(removals.flatMap(({ record }) => record.lease ?? []))]
  const states = leases.length === 0 ? undefined : await client.backend.leases?.(leases, signal)
  const { layout } = client.target
  return removals.map(({ record }) => {
    const granted = record.lease === undefined ? 0 : (states?.get(record.lease)?.granted ?? 0)
    return { ...record, ...(layout === 'auto' ? {} : { layout }), ttlGranted: granted > 0 ? granted : null }
  })
}
