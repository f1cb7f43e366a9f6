import { resolve } from 'node:path'
import { type PlaceOptions, placeAt } from '../change/place.ts'
import type { Client } from '../client.ts'
import { readBackup } from '../purge/backup.ts'
import type { Restored } from '../purge/restore.ts'
import { chosenOf } from './chosen.ts'
import { requireAble, takeOneBack } from './taking-back.ts'

/** What of a backup is taken back. */
export interface RestoreOptions extends PlaceOptions {
  /** Also what was taken back already. */
  readonly again?: boolean
}

/**
 * Takes back what the run of a backup changed: records that it removed are put back where nothing has taken their place, and those
 * whose status it changed have their former one again. Yields an outcome for each record, and notes them in the backup, so that what
 * was interrupted is finished by the next call. `keptRuns` lists the backups of this machine.
 *
 * @throws RollcallError `usage` for a file that is not a backup; `unsupported` where the registry cannot restore
 */
export async function* restore(
  client: Client,
  backup: string,
  options: RestoreOptions = {},
): AsyncGenerator<Restored, void, undefined> {
  const path = resolve(backup)
  const content = await readBackup(path)
  const chosen = chosenOf(content, { again: options.again ?? false })
  const log = content.run?.registry === client.target.display ? path : undefined
  const work = { file: backup, backup: content, chosen, log, facts: [] }
  requireAble({ client }, work)
  yield* takeOneBack(placeAt(client, options), work)
}
