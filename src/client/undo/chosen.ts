import type { Backup } from '../purge/backup.ts'
import type { BackupRecord } from '../purge/backup-line.ts'
import { type Run, type RunCommand, isFinal, statusBefore } from './run.ts'

export interface TakeBackOptions {
  /** Also what an undo has dealt with already. */
  readonly again: boolean
  /** Ids of records that later runs have removed again: they stay removed. */
  readonly later?: ReadonlySet<string>
}

/** Whether the runs of a command change the status of records and keep them. */
export function changesStatus(command: RunCommand | undefined): boolean {
  return command === 'offline' || command === 'online'
}

/** What of a backup is to be taken back: what its run changed, or may have. All of it in a file that describes no run. */
export function chosenOf({ run, records, history }: Backup, { again, later }: TakeBackOptions): BackupRecord[] {
  if (!run) return [...records]
  return records.filter(
    (record) =>
      history.mayHaveChanged(record.id) &&
      later?.has(record.id) !== true &&
      (again || !isFinal(history.restored.get(record.id))) &&
      (!changesStatus(run.command) || statusBefore(record, run.command) !== undefined),
  )
}

/** Whether a run was made in this place: the same registry, and the same prefix named. */
export function isIn(run: Run, { display, prefix }: { readonly display: string; readonly prefix?: string }): boolean {
  return run.registry === display && run.prefix === prefix
}
