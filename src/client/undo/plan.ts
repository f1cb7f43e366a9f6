import { resolve } from 'node:path'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { placeAt } from '../change/place.ts'
import type { ChangeSite, PlaceOptions } from '../change/site.ts'
import type { Client } from '../client.ts'
import { type Backup, readBackup } from '../purge/backup.ts'
import type { BackupRecord } from '../purge/backup-line.ts'
import { entryIn, idIn, readingsOf } from './backup-readings.ts'
import { type KeptRun, removedAfter, runsSince } from './backups.ts'
import { chosenOf, ranIn } from './chosen.ts'
import { requireEnded } from './new-run.ts'
import { keepsRecord } from './run.ts'
import { requireAble } from './taking-back.ts'

/** A record that is taken back. */
export interface PlannedUndo {
  /** Its id, as `RawRecord.id` has it. */
  readonly key: string
  readonly service: string
  /** Of the instance; empty where the record cannot be read. */
  readonly id: string
  /** `restore`: it was removed, and is put back. `online`, `offline`: it was kept, and is set back to what it was. */
  readonly action: 'restore' | 'online' | 'offline'
  /** As the backup has it. */
  readonly record: BackupRecord
  /** The instance that is in it, if it can be read. */
  readonly entry?: InstanceEntry
  /** Where it was found. */
  readonly backup: Backup
}

/** A backup from which a plan takes. */
export interface PlannedBackup {
  readonly backup: Backup
  /** How many of its records are to be taken back: all that are left to be. */
  readonly chosen: number
}

/** What an undo would take back. Whoever wants less of it leaves out records. */
export interface UndoPlan {
  readonly records: readonly PlannedUndo[]
  /** What they are from, the newest first. */
  readonly backups: readonly PlannedBackup[]
}

/**
 * The plan to take back a run that `keptRuns` lists: what it changed, or may have, is put or set back, except what was taken back already,
 * and what a later run has removed again. Reads only; `restore` carries it out.
 *
 * @throws RollcallError `usage` for a run of another registry or prefix, and for a backup that cannot be read; `conflict` while the run
 * is at work; `unsupported` where the registry cannot do what it takes
 */
export async function planUndo(client: Client, kept: KeptRun, options: PlaceOptions = {}): Promise<UndoPlan> {
  const { path, run } = kept
  const site = placeAt(client, options)
  if (!ranIn(run, client.target))
    throw new RollcallError('usage', `${run.id} was a ${run.command} in ${run.registry}, or under another prefix`, {
      hint: 'the records of its backup can be put into another registry by its path',
    })
  const later = await removedAfter(kept, await runsSince(site.environment, run))
  const backup = await readBackup(path)
  requireEnded(run, backup.history)
  return await planOf(site, [{ backup, chosen: chosenOf(backup, { again: false, later }) }])
}

/** What of a backup is put back. */
export interface PlanRestoreOptions extends PlaceOptions {
  /** Also what was taken back already. */
  readonly again?: boolean
}

/**
 * The plan to put back what is in a backup, wherever its run was: all that the run changed, or may have, and all of a file that describes
 * no run. Takes the path of a file, or what was read of it. Reads only; `restore` carries it out.
 *
 * @throws RollcallError `usage` for a file that is not a backup; `conflict` while its run is at work; `unsupported` where the registry
 * cannot restore
 */
export async function planRestore(
  client: Client,
  from: string | Backup,
  options: PlanRestoreOptions = {},
): Promise<UndoPlan> {
  const backup = typeof from === 'string' ? await readBackup(resolve(from)) : from
  if (backup.run) requireEnded(backup.run, backup.history)
  const chosen = chosenOf(backup, { again: options.again ?? false })
  return await planOf(placeAt(client, options), [{ backup, chosen }])
}

interface Part {
  readonly backup: Backup
  readonly chosen: readonly BackupRecord[]
}

/** The plan for what was chosen from backups, no record from two of them. @throws RollcallError `unsupported` */
export async function planOf(site: ChangeSite, parts: readonly Part[]): Promise<UndoPlan> {
  for (const part of parts) requireAble(site.client, part)
  const chosen = parts.flatMap((part) => part.chosen)
  const readings = await readingsOf(site, chosen)
  const records = parts.flatMap((part) =>
    part.chosen.map((record): PlannedUndo => {
      const { id: key, service } = record
      const entry = entryIn(readings, record)
      const what = { key, service, id: idIn(readings, key), action: actionOf(part.backup, record), record }
      return { ...what, backup: part.backup, ...(entry && { entry }) }
    }),
  )
  return { records, backups: parts.map((part) => ({ backup: part.backup, chosen: part.chosen.length })) }
}

function actionOf({ run }: Backup, record: BackupRecord): PlannedUndo['action'] {
  if (!run || !keepsRecord(run.command, record)) return 'restore'
  return run.command === 'online' ? 'offline' : 'online'
}
