import type { PurgePlan } from '../../client/purge/plan.ts'
import { isGlob } from '../../reports/glob.ts'
import { readServices } from '../args/targets.ts'
import { confirm, requireWritable } from '../change/confirmation.ts'
import { requireAllowed } from '../../client/purge/allowed.ts'
import { planTable, printPlan, sayNothingToDo, showPlan } from '../change/plan.ts'
import { requireOpenHours, requireUnprotected, sayHours } from '../change/protection.ts'
import { planFor, purgeOptions, rateOf } from '../change/purge-request.ts'
import { printResult } from '../change/purge-result.ts'
import { carryOut, probedAgain } from '../change/removal.ts'
import { storePlan } from '../change/stored-plan.ts'
import { type Context, command } from '../command.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { checkOutput } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { amount } from '../../model/count.ts'
import { servicesNotFound } from '../select/not-found.ts'

const PLAN_COLUMNS = `The columns of the plan:
  LIVE: the registry reports the instance as up.
  LEASED: the lease or session of the record still exists; with the time left, where the registry gives it.
  KEY, REASON: the record, and why it was chosen.
  COMES-BACK (-o wide): the process that wrote the record will write it again.
  GUARDED (-o wide): the record is removed only if it has not changed since the plan.
  REVISION, NOTE (-o wide): the state of the record in the plan, and what its removal leads to.`

const GUARDS = `Guards refuse the whole plan (status 6):
  --max-percent, --keep-min: too many instances that are up would go. --force overrides both.
  --unreachable, when no endpoint of a service answers: the network of this machine may be at fault. --force overrides it.
  A plan that relies on times, when the registry contradicts the clock of this machine. --trust-clock overrides it.
  A plan that looks like a wrong prefix. Naming the rules with --rule overrides it.
  Instances that Dubbo has registered for its interfaces. Nothing overrides it.`

export const purge = command({
  name: 'purge',
  usage: '[service...]',
  examples: [
    { line: 'rollcall purge --dry-run', does: 'instances the registry reports as dead' },
    { line: 'rollcall purge --malformed', does: 'what check-keys calls an error; asks first' },
    { line: 'rollcall purge payments --unreachable', does: 'instances that cannot be reached, after several probes' },
    { line: 'rollcall purge --status down --older-than 7d --yes', does: 'for a nightly job' },
    { line: 'rollcall purge --malformed --plan plan.json', does: 'to be read now, and carried out later by apply' },
  ],
  notes: [
    'Reasons choose the records, and any one is enough; selectors narrow. Without a reason: instances the registry reports as dead.',
    '--unreachable probes each endpoint by its scheme (TCP, HTTP or gRPC health). An endpoint that answers anything at all, in whatever protocol, is alive. After the answer at the prompt the endpoints are probed again.',
    PLAN_COLUMNS,
    GUARDS,
    'A record that has changed since the plan is left alone; registering the same again counts as a change. A backup is written to disk first, and its path is printed; `rollcall undo` puts the records back.',
  ],
  options: purgeOptions,
  async run(context, words, flags) {
    const isOnlyPlan = flags.dryRun || flags.plan !== undefined
    if (!isOnlyPlan) await requireWritable(context)
    await checkOutput(context, isOnlyPlan ? 'PurgePlan' : 'PurgeResult', planTable)
    const rate = rateOf(flags)
    const plan = await planFor(context, words, flags)
    const missing = readServices(words).filter((name) => !isGlob(name) && !plan.services.has(name))
    if (missing.length > 0) throw await servicesNotFound(context, missing)
    const store = async () => {
      if (flags.plan !== undefined) await storePlan(context, plan, { file: flags.plan, services: words, flags })
    }
    if (plan.records.length === 0) {
      await store()
      return await nothingToDo(context, plan, isOnlyPlan)
    }
    if (isOnlyPlan) await printPlan(context, plan)
    else await showPlan(context, plan)
    requireAllowed(plan, flags)
    await requireUnprotected(context, plan.entries)
    if (isOnlyPlan) {
      await sayHours(context)
      await store()
      return 0
    }
    await requireOpenHours(context)
    const asked = await confirm(context, `Remove ${amount(plan.records.length, 'record')}?`, { yes: flags.yes })
    const { plan: left, kept } = asked ? await probedAgain(context, plan) : { plan, kept: [] }
    if (left.records.length === 0) return await printResult(context, [], { outcomes: kept })
    return await carryOut(context, {
      command: 'purge',
      plan: left,
      lifted: flags,
      file: flags.backup,
      rate,
      report: (done) => printResult(context, left.records, { ...done, outcomes: [...done.outcomes, ...kept] }),
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
