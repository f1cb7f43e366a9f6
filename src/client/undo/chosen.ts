import type { Target } from '../../backends/contract/driver.ts'
import type { Backup } from '../purge/backup.ts'
import type { BackupRecord } from '../purge/backup-line.ts'
import { type Run, isFinal, keepsRecord, statusBefore } from './run.ts'

interface TakeBackOptions {
  /** Also what an undo has dealt with already. */
  readonly again: boolean
  /** Ids of records that later runs have removed again: they stay removed. */
  readonly later?: ReadonlySet<string>
}

/** What of a backup is to be taken back: what its run changed, or may have. All of it in a file that describes no run. */
export function chosenOf({ run, records, history }: Backup, { again, later }: TakeBackOptions): BackupRecord[] {
  if (!run) return [...records]
  return records.filter(
    (record) =>
      history.mayHaveChanged(record.id) &&
      later?.has(record.id) !== true &&
      (again || !isFinal(history.restored.get(record.id))) &&
      (!keepsRecord(run.command, record) || statusBefore(record, run.command) !== undefined),
  )
}

/** Whether a run was in this registry, with the same prefix named: of the `target` of a client. */
export function ranIn(run: Run, { display, prefix }: Pick<Target, 'display' | 'prefix'>): boolean {
  return run.registry === display && run.prefix === prefix
}
