import { planUndo } from '../../client/undo/plan.ts'
import type { RunHistory } from '../../client/undo/run.ts'
import { RollcallError } from '../../model/errors.ts'
import { consentOptions, toggle } from '../args/options.ts'
import { describeRun, runToUndo } from '../change/kept-runs.ts'
import { listRuns } from '../change/run-list.ts'
import { prepareWrite } from '../change/results.ts'
import { placeOf } from '../change/place.ts'
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
    const kept = await runToUndo(context, id)
    const plan = await planUndo(await context.client(), kept, await placeOf(context))
    if (plan.records.length === 0) {
      const why = plan.backups.map(({ backup }) => whyNothing(backup.history, kept.run.id))
      throw new RollcallError('not-found', `nothing to undo: ${why.join()}`, {
        hint: 'rollcall undo --list shows other runs; rollcall undo RUN takes back one of them',
      })
    }
    return await takeBack(context, plan, { ...flags, facts: [describeRun(kept.run, context.now())] })
  },
})

function whyNothing({ takenBack, changes }: RunHistory, id: string): string {
  if (takenBack !== 'no') return `${id} is taken back already`
  return changes === 0
    ? `${id} changed nothing`
    : `what ${id} changed was changed again by later runs, or already was so`
}
