import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { ChangeSite } from '../change/site.ts'
import { entryOf } from '../merge.ts'
import type { BackupRecord } from '../purge/backup-line.ts'
import { currentOf } from '../purge/second-look.ts'

/** What each record of a backup is, by the record's id. */
type BackupReadings = ReadonlyMap<string, Reading>

/**
 * Reads records of a backup. One whose status was known, and which does not say by itself which instance it is, as one that was
 * read through `serve`, is read again in the registry.
 */
export async function readingsOf(
  { client, now, signal }: Pick<ChangeSite, 'client' | 'now' | 'signal'>,
  records: readonly BackupRecord[],
): Promise<BackupReadings> {
  const time = now()
  const readings = new Map(records.map((record) => [record.id, client.backend.read(record, time)]))
  const silent = records.filter(({ id, status }) => status !== undefined && readings.get(id)?.is !== 'instance')
  if (silent.length === 0) return readings
  for await (const { id, now: record } of currentOf(client, silent, signal))
    if (record) readings.set(id, client.backend.read(record, time))
  return readings
}

/** The instance in a record; undefined when it cannot be read. */
export function entryIn(readings: BackupReadings, record: BackupRecord): InstanceEntry | undefined {
  const reading = readings.get(record.id)
  return reading?.is === 'instance' ? entryOf({ record, reading }) : undefined
}

/** The id of the instance in a record; empty when it cannot be read. */
export function idIn(readings: BackupReadings, id: string): string {
  const reading = readings.get(id)
  if (reading?.is === 'instance') return reading.instance.id
  return (reading?.is === 'malformed' && reading.problem.id) || ''
}
