import { readBackup } from '../../client/purge/backup.ts'
import { historyOf } from '../../client/undo/backups.ts'
import { chosenOf, isIn } from '../../client/undo/chosen.ts'
import type { TakeBack } from '../../client/undo/taking-back.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { whereabouts } from './confirmation.ts'
import { type RunToUndo, runToUndo, runsOf } from './kept-runs.ts'
import { describeRun, requireEnded } from '../../client/undo/new-run.ts'
import { takeBack } from './take-back.ts'

interface Consent {
  readonly yes: boolean
  readonly dryRun: boolean
}

/**
 * Takes back the newest drain of a host in the registry of this context, and those before it that were cut off: a drain that was
 * killed and run again has its work in two backups. @throws RollcallError `not-found` where there is none, `usage` for services
 */
export async function takeDrainBack(
  context: Context,
  { host, services }: { readonly host: string; readonly services: readonly string[] },
  consent: Consent,
): Promise<number> {
  if (services.length > 0) {
    throw new RollcallError('usage', '--back takes no services', { hint: 'it takes back all of a drain' })
  }
  const works: TakeBack[] = []
  // What a later run found in traffic, or still there, the one before it that was cut off had not come to.
  const settled = new Set<string>()
  for (const { kept, later } of await drainsOf(context, host)) {
    const { path, run } = kept
    const backup = await readBackup(path)
    requireEnded(run, backup.history)
    const chosen = chosenOf(backup, { again: false, later }).filter(({ id }) => !settled.has(id))
    for (const { id } of backup.records) settled.add(id)
    if (chosen.length === 0) continue
    const facts = [describeRun(run, context.now(), host)]
    works.push({ file: path, backup, chosen, log: path, facts })
  }
  return works.length === 0 ? 0 : await takeBack(context, works, consent)
}

/** The newest first; at least one. */
async function drainsOf(context: Context, host: string): Promise<RunToUndo[]> {
  const resolved = await context.resolved()
  const { runs } = await runsOf(context)
  const found: RunToUndo[] = []
  for (const kept of runs) {
    if (kept.run.drained !== host || !isIn(kept.run, resolved.target)) continue
    const history = await historyOf(kept)
    if (history.changes === 0) continue
    if (history.undone || (found.length > 0 && history.ended)) break
    found.push(await runToUndo(context, kept.run.id))
  }
  if (found.length > 0) return found
  throw new RollcallError('not-found', `no drain of ${host} to take back in ${whereabouts(resolved)}`, {
    hint: `rollcall undo --list shows what was done from here; rollcall online --host ${host} puts back what is offline`,
  })
}
