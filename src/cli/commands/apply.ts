import { resolve } from 'node:path'
import { readPlanFile } from '../../client/purge/plan-io.ts'
import { RollcallError } from '../../model/errors.ts'
import { consentOptions, value } from '../args/options.ts'
import { confirm, requireWritable } from '../change/confirmation.ts'
import { requireAllowed } from '../../client/purge/allowed.ts'
import { requirePlace } from '../../client/purge/plan-place.ts'
import { requireSamePlan, requireUnchanged } from '../../client/purge/same-plan.ts'
import { guardOptions } from '../change/guard.ts'
import { planTable, printPlan, showPlan } from '../change/plan.ts'
import { requireOpenHours, requireUnprotected, sayHours } from '../change/protection.ts'
import { planFor, rateOf, removalOptions } from '../change/purge-request.ts'
import { printResult } from '../change/purge-result.ts'
import { carryOut, probedAgain } from '../change/removal.ts'
import { command } from '../command.ts'
import { checkOutput } from '../output/list-writer.ts'
import { amount } from '../../model/count.ts'

export const apply = command({
  name: 'apply',
  usage: '-f FILE',
  examples: [
    { line: 'rollcall apply -f plan.json', does: 'asks first' },
    { line: 'rollcall apply -f plan.json --dry-run', does: 'whether it could be carried out now' },
    { line: 'rollcall apply -f plan.json --yes', does: 'for a job, after somebody has read the plan' },
  ],
  notes: [
    "The flags in the file are evaluated again, and have to choose exactly the file's records, each at its revision and with its value. If anything differs, nothing is removed (status 7), and the differences are listed.",
    'The guards judge the registry as it is now. A file lifts none of them: --max-percent, --keep-min, --force and --trust-clock have to be given here. It never removes records of other programs.',
    'A plan belongs to the registry, --prefix and --layout it was made with (status 2 elsewhere).',
    'A backup is written first; `rollcall undo` puts the records back.',
  ],
  options: {
    file: value('-f, --file <file>', 'the plan'),
    ...guardOptions,
    ...removalOptions,
    ...consentOptions,
  },
  async run(context, words, flags) {
    if (words.length > 0 || flags.file === undefined) {
      throw new RollcallError('usage', 'apply takes one plan and no words', { hint: 'rollcall apply -f FILE' })
    }
    if (!flags.dryRun) await requireWritable(context)
    await checkOutput(context, flags.dryRun ? 'PurgePlan' : 'PurgeResult', planTable)
    const rate = rateOf(flags)
    const stored = await readPlanFile(resolve(context.io.cwd, flags.file))
    const client = await context.client()
    requirePlace(client, stored)
    const plan = await planFor(context, stored.services, { ...flags, ...stored.flags })
    requireSamePlan(client, stored, plan)
    if (flags.dryRun) await printPlan(context, plan)
    else await showPlan(context, plan)
    requireAllowed(plan, flags)
    await requireUnprotected(context, plan.entries)
    if (flags.dryRun) {
      await sayHours(context)
      return 0
    }
    await requireOpenHours(context)
    const count = plan.records.length
    if (count === 0) return await printResult(context, [], { outcomes: [] })
    if (await confirm(context, `Remove ${amount(count, 'record')}?`, { yes: flags.yes })) {
      await requireUnchanged(client, plan, { signal: context.signal })
      const { kept } = await probedAgain(context, plan)
      if (kept.length > 0) throw new RollcallError('conflict', `${kept.map(({ id }) => id).join(', ')} answers again`)
    }
    return await carryOut(context, {
      command: 'apply',
      plan,
      lifted: flags,
      file: flags.backup,
      rate,
      report: (done) => printResult(context, plan.records, done),
    })
  },
})
