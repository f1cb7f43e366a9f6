import type { PurgePlan } from '../../client/purge/plan.ts'
import { isGlob } from '../../reports/glob.ts'
import { RollcallError } from '../../model/errors.ts'
import { checkOutput } from '../check-output.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { servicesNotFound } from '../not-found.ts'
import { amount, isThingFormat, parseOutput, planTable, writeThing } from '../output/index.ts'
import { confirm, requireWritable } from '../prompt.ts'
import { carryOut } from '../purge/carry-out.ts'
import { purgeOptions } from '../purge/options.ts'
import { planFor } from '../purge/request.ts'
import { printPlan, sayNothingToDo, showPlan } from '../purge/show-plan.ts'
import { readServices } from '../targets.ts'

export const purge = command({
  name: 'purge',
  usage: '[service...]',
  summary: 'remove dead or malformed records, after a plan and a backup',
  examples: [
    { line: 'rollcall purge --dry-run', does: "what is dead by the registry's own word" },
    { line: 'rollcall purge --malformed', does: 'what check-keys calls an error; asks first' },
    { line: 'rollcall purge payments --unreachable', does: 'instances that nobody can reach, after several tries' },
    { line: 'rollcall purge --status down --older-than 7d --yes', does: 'for a nightly job' },
  ],
  notes: [
    "Reasons choose, any of them is enough; selectors narrow. Without a reason: what is dead by the registry's own word.",
    '--unreachable asks each endpoint by its scheme (TCP, HTTP or gRPC health): what answers anything at all is alive.',
    'The guard refuses the whole plan (status 6) when it would take too many instances that the registry calls up, or when no probed endpoint of a service answers.',
    'Each record is removed only as the plan saw it. A backup is written and named first; `rollcall restore FILE` puts it back.',
  ],
  options: purgeOptions,
  async run(context, words, flags) {
    if (!flags.dryRun) await requireWritable(context)
    await checkOutput(context, flags.dryRun ? 'PurgePlan' : 'PurgeResult', planTable)
    const plan = await planFor(context, words, flags)
    const missing = readServices(words).filter((name) => !isGlob(name) && !plan.services.has(name))
    if (missing.length > 0) throw await servicesNotFound(context, missing)
    if (plan.records.length === 0) return await nothingToDo(context, plan, flags.dryRun)
    if (flags.dryRun) await printPlan(context, plan)
    else await showPlan(context, plan)
    if (plan.refusals.length > 0 && !flags.force) throw refused(plan)
    if (flags.dryRun) return 0
    await confirm(context, `Remove ${amount(plan.records.length, 'record')}?`, { yes: flags.yes })
    return await carryOut(context, plan.records, flags.backup)
  },
})

async function nothingToDo(context: Context, plan: PurgePlan, dryRun: boolean): Promise<number> {
  const { format, fields } = parseOutput(context.globals)
  if (isThingFormat(format)) {
    const [kind, thing] = dryRun
      ? ['PurgePlan', { records: [] }]
      : ['PurgeResult', { removed: [], changed: [], failed: [] }]
    await writeThing(context.io.stdout, kind, thing, { format, fields })
  }
  await sayNothingToDo(context, plan)
  return 0
}

function refused({ refusals }: PurgePlan): RollcallError {
  return new RollcallError('refused', `the whole plan is refused:\n${refusals.join('\n')}`, {
    hint: '--force lifts this guard; --max-percent and --keep-min move it',
  })
}
