import { placeAt } from '../change/place.ts'
import type { ChangeSite, PlaceOptions } from '../change/site.ts'
import type { Client } from '../client.ts'
import { type Backup, readBackup } from '../purge/backup.ts'
import type { BackupRecord } from '../purge/backup-line.ts'
import { type KeptRun, keptRuns, removedAfter, runHistory } from './backups.ts'
import { chosenOf, ranIn } from './chosen.ts'
import { requireEnded } from './new-run.ts'
import { type UndoPlan, planOf } from './plan.ts'

/**
 * The plan to take back the newest drain of a host, and those before it that were cut off: a drain that was killed and run again has its
 * work in several backups. Without any drain of the host, or where the newest is taken back, it has no backups. Reads only; `restore`
 * carries it out. `host`: as it was named then.
 *
 * @throws RollcallError `conflict` while one of them is at work; else as `planUndo`
 */
export async function planDrainBack(client: Client, host: string, options: PlaceOptions = {}): Promise<UndoPlan> {
  const site = placeAt(client, options)
  const parts: { readonly backup: Backup; readonly chosen: readonly BackupRecord[] }[] = []
  // What a later run found in traffic, or still there, the one before it that was cut off had not come to.
  const settled = new Set<string>()
  for (const { kept, later } of await drainsOf(site, host)) {
    const backup = await readBackup(kept.path)
    requireEnded(kept.run, backup.history)
    const chosen = chosenOf(backup, { again: false, later }).filter(({ id }) => !settled.has(id))
    for (const { id } of backup.records) settled.add(id)
    parts.push({ backup, chosen })
  }
  return await planOf(site, parts)
}

interface DrainThere {
  readonly kept: KeptRun
  /** Ids of records that later runs have removed again. */
  readonly later: ReadonlySet<string>
}

/** The newest first. */
async function drainsOf({ client, environment, logger }: ChangeSite, host: string): Promise<DrainThere[]> {
  const { runs } = await keptRuns(environment, { logger })
  const found: DrainThere[] = []
  for (const kept of runs) {
    if (kept.run.drained !== host || !ranIn(kept.run, client.target)) continue
    const history = await runHistory(kept)
    if (history.changes === 0) continue
    if (history.undone || (found.length > 0 && history.ended)) break
    found.push({ kept, later: await removedAfter(kept, runs) })
  }
  return found
}
