import { parse } from 'node:path'
import { type KeptRun, keptRuns, runHistory } from '../../client/undo/backups.ts'
import { ranIn } from '../../client/undo/chosen.ts'
import type { Run } from '../../client/undo/run.ts'
import { formatDuration } from '../../model/duration.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { whereabouts } from './confirmation.ts'

/** The newest run in the registry of this context that changed something, or the one named. @throws RollcallError `not-found`, `usage` */
export async function runToUndo(context: Context, id: string | undefined): Promise<KeptRun> {
  const { runs, gone } = await keptRuns(context.io.env, { logger: context.logger })
  const resolved = await context.resolved()
  if (id !== undefined) {
    const kept = named(runs, gone, id)
    if (!ranIn(kept.run, resolved.target)) {
      throw new RollcallError('usage', `${id} was a ${kept.run.command} in ${placeOf(kept)}`, {
        hint: `this is ${whereabouts(resolved)}; name that registry and prefix, or put the file back here: rollcall restore ${kept.path}`,
      })
    }
    return kept
  }
  for (const kept of runs.filter(({ run }) => ranIn(run, resolved.target)))
    if ((await runHistory(kept)).changes > 0) return kept
  const beside = runs.find(({ run }) => run.registry === resolved.target.display)
  throw new RollcallError('not-found', `nothing to undo in ${whereabouts(resolved)}`, {
    hint: beside
      ? `the newest run in this registry was in ${placeOf(beside)}`
      : 'rollcall undo --list shows the runs in other registries',
  })
}

/** Which run it was, whose and how long ago, for a question about it. `of`: on what. */
export function describeRun({ id, command, user, at }: Run, now: number, of = ''): string {
  const ago = formatDuration(Math.max(0, now - Date.parse(at)))
  return `${id}: ${command}${of === '' ? '' : ` of ${of}`} by ${user}, ${ago} ago`
}

function named(runs: readonly KeptRun[], gone: readonly string[], id: string): KeptRun {
  const kept = runs.find(({ run }) => run.id === id)
  if (kept) return kept
  const isGone = gone.some((path) => parse(path).name === id)
  const fact = isGone ? `the backup of ${id} is gone from where it was written` : `there is no run ${id}`
  throw new RollcallError('not-found', fact, {
    hint: 'rollcall undo --list shows the runs; rollcall restore takes a file',
  })
}

function placeOf({ run: { registry, prefix } }: KeptRun): string {
  if (prefix === undefined) return `${registry}, without a --prefix`
  return `${registry}, with --prefix '${prefix}'`
}
