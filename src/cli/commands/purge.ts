import type { PurgePlan } from '../../client/purge/plan.ts'
import { isGlob } from '../../reports/glob.ts'
import { readServices } from '../args/targets.ts'
import { confirm, requireWritable } from '../change/confirmation.ts'
import { requireAllowed } from '../change/guard.ts'
import { planTable, printPlan, sayNothingToDo, showPlan } from '../change/plan.ts'
import { planFor, purgeOptions } from '../change/purge-request.ts'
import { printResult } from '../change/purge-result.ts'
import { carryOut, stillSilent } from '../change/removal.ts'
import { type Context, command } from '../command.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { checkOutput } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { amount } from '../output/text.ts'
import { servicesNotFound } from '../select/not-found.ts'

export const purge = command({
  name: 'purge',
  usage: '[service...]',
  summary: 'remove dead or malformed records, after a plan and a backup',
  examples: [
    { line: 'rollcall purge --dry-run', does: 'instances the registry reports as dead' },
    { line: 'rollcall purge --malformed', does: 'what check-keys calls an error; asks first' },
    { line: 'rollcall purge payments --unreachable', does: 'instances that nobody can reach, after several tries' },
    { line: 'rollcall purge --status down --older-than 7d --yes', does: 'for a nightly job' },
  ],
  notes: [
    'Reasons choose, any of them is enough; selectors narrow. Without a reason: instances the registry reports as dead.',
    '--unreachable asks each endpoint by its scheme (TCP, HTTP or gRPC health): what answers anything at all, in whatever protocol, is alive. After an answer at the prompt they are asked again.',
    'The guard refuses the whole plan (status 6) when it would take too many instances that are up, or when no probed endpoint of a service answers. A plan that relies on times is refused where the registry contradicts the clock of this machine.',
    'A record that has changed since the plan is left alone; registering the same again counts as a change. A backup is written first, whole and on disk, and named; `rollcall restore FILE` puts it back.',
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
    requireAllowed(plan, flags)
    if (flags.dryRun) return 0
    const asked = await confirm(context, `Remove ${amount(plan.records.length, 'record')}?`, { yes: flags.yes })
    const { removals, kept } = asked ? await stillSilent(context, plan) : { removals: plan.records, kept: [] }
    if (removals.length === 0) return await printResult(context, [], { outcomes: kept })
    return await carryOut(context, {
      removals,
      file: flags.backup,
      report: (done) => printResult(context, removals, { ...done, outcomes: [...done.outcomes, ...kept] }),
    })
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
