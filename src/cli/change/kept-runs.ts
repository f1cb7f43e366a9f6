import { isIn } from '../../client/undo/chosen.ts'
import { type KeptRun, backupPath, historyOf, keptRuns, removedAfter } from '../../client/undo/backups.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { whereabouts } from './confirmation.ts'

/** A run that is to be taken back. */
export interface RunToUndo {
  readonly kept: KeptRun
  /** Ids of records that later runs in the same registry have removed again. */
  readonly later: ReadonlySet<string>
}

/** The newest run in the registry of this context that changed something, or the one named. @throws RollcallError `not-found`, `usage` */
export async function runToUndo(context: Context, id: string | undefined): Promise<RunToUndo> {
  const { runs, gone } = await runsOf(context)
  const resolved = await context.resolved()
  if (id !== undefined) {
    const kept = named(runs, gone.includes(backupPath(context.io.env, id)), id)
    if (!isIn(kept.run, resolved.target)) {
      throw new RollcallError('usage', `${id} was a ${kept.run.command} in ${placeOf(kept)}`, {
        hint: `this is ${whereabouts(resolved)}; name that registry and prefix, or put the file back here: rollcall restore ${kept.path}`,
      })
    }
    return { kept, later: await removedAfter(kept, runs) }
  }
  for (const kept of runs.filter(({ run }) => isIn(run, resolved.target)))
    if ((await historyOf(kept)).changes > 0) return { kept, later: await removedAfter(kept, runs) }
  const beside = runs.find(({ run }) => run.registry === resolved.target.display)
  throw new RollcallError('not-found', `nothing to undo in ${whereabouts(resolved)}`, {
    hint: beside
      ? `the newest run in this registry was in ${placeOf(beside)}`
      : 'rollcall undo --list shows the runs in other registries',
  })
}

/** All runs, the newest first; files that others, or a newer rollcall, could have written are reported and left out. */
export async function runsOf(context: Context): Promise<{ readonly runs: KeptRun[]; readonly gone: string[] }> {
  const { runs, gone, strange, newer } = await keptRuns(context.io.env)
  for (const path of newer) context.logger.warn(`${path} was written by a newer rollcall, so it is not used`)
  for (const path of strange) context.logger.warn(`${path} could have been written by another user, so it is not used`)
  return { runs, gone }
}

function named(runs: readonly KeptRun[], isGone: boolean, id: string): KeptRun {
  const kept = runs.find(({ run }) => run.id === id)
  if (kept) return kept
  const fact = isGone ? `the backup of ${id} is gone from where it was written` : `there is no run ${id}`
  throw new RollcallError('not-found', fact, {
    hint: 'rollcall undo --list shows the runs; rollcall restore takes a file',
  })
}

function placeOf({ run: { registry, prefix } }: KeptRun): string {
  if (prefix === undefined) return `${registry}, without a --prefix`
  return `${registry}, with --prefix '${prefix}'`
}
