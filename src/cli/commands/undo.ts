import { readBackup } from '../../client/purge/backup.ts'
import { chosenOf } from '../../client/undo/chosen.ts'
import { RollcallError } from '../../model/errors.ts'
import { consentOptions, toggle } from '../args/options.ts'
import { runToUndo } from '../change/kept-runs.ts'
import { listRuns } from '../change/run-list.ts'
import { prepareWrite } from '../change/results.ts'
import { describeRun, requireEnded } from '../../client/undo/new-run.ts'
import { takeBack } from '../change/take-back.ts'
import { command } from '../command.ts'

export const undo = command({
  name: 'undo',
  usage: '[run]',
  examples: [
    { line: 'rollcall undo', does: 'the newest in this registry; asks first' },
    { line: 'rollcall undo --list', does: 'what was done, and what of it was taken back' },
    { line: 'rollcall undo --dry-run', does: 'what it would put back, and what is occupied' },
    { line: 'rollcall undo --yes -o json', does: 'for a script' },
  ],
  notes: [
    'A run is a purge, deregister, drain, --prune of an import or copy, offline or online of this user on this machine. Only runs in the same registry, under the same --prefix, are taken back; --list shows those of all registries.',
    'Removed records are put back byte for byte where nothing has taken their place: on their own lease when that still exists, otherwise on a new lease with the old TTL, which nothing renews. A record that the run found gone is not put back, and neither is one that a later run removed again.',
    'After drain, offline and online the former status is set, where the record is still as the run left it.',
    'Without a run the newest one is meant, and no other: a second undo does nothing (status 1). Name an older run to take it back.',
    'After a crash undo goes on where it ended. Status 5 when some keys are occupied or have changed, 7 when all are.',
    'Backups stay in rollcall/backups below XDG_STATE_HOME, or ~/.local/state, until you delete them.',
  ],
  options: { list: toggle('--list', 'show what was done, the newest first'), ...consentOptions },
  async run(context, words, flags) {
    const [id, ...rest] = words
    if (rest.length > 0 || (flags.list && id !== undefined)) {
      throw new RollcallError('usage', flags.list ? '--list takes no run' : 'undo takes one run', {
        hint: 'rollcall undo --list shows them',
      })
    }
    if (flags.list) return await listRuns(context)
    await prepareWrite(context, flags.dryRun)
    const { kept, later } = await runToUndo(context, id)
    const { path, run } = kept
    const backup = await readBackup(path)
    requireEnded(run, backup.history)
    const chosen = chosenOf(backup, { again: false, later })
    if (chosen.length === 0) {
      throw new RollcallError('not-found', `nothing to undo: ${whyNothing(backup.history, run.id)}`, {
        hint: 'rollcall undo --list shows other runs; rollcall undo RUN takes back one of them',
      })
    }
    const facts = [describeRun(run, context.now())]
    return await takeBack(context, [{ file: path, backup, chosen, log: path, facts }], flags)
  },
})

function whyNothing(
  { undone, restored, changes }: Awaited<ReturnType<typeof readBackup>>['history'],
  id: string,
): string {
  if (undone || restored.size > 0) return `${id} is taken back already`
  return changes === 0
    ? `${id} changed nothing`
    : `what ${id} changed was changed again by later runs, or already was so`
}
