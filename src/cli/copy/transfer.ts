import { stopsTheRest } from '../../backends/contract/outcome.ts'
import type { PurgePlan } from '../../client/purge/plan.ts'
import { Copier } from '../../client/copy/copier.ts'
import type { CopyOptions } from '../../client/copy/copy.ts'
import type { RunCommand } from '../../client/undo/run.ts'
import { RollcallError } from '../../model/errors.ts'
import { confirm } from '../change/confirmation.ts'
import { requireAllowed } from '../../client/purge/allowed.ts'
import { itemOf, planned, subjectOf } from '../change/outcomes.ts'
import { showPlan } from '../change/plan.ts'
import { requireOpenHours, requireUnprotected, sayHours } from '../change/protection.ts'
import { rateOf } from '../change/purge-request.ts'
import { sayUnknown } from '../change/purge-result.ts'
import { type CarriedOut, carryOut } from '../change/removal.ts'
import { prepareWrite } from '../change/results.ts'
import type { Context } from '../command.ts'
import { statusOf } from '../exit-status.ts'
import { keepAll } from '../instances/heartbeats.ts'
import { startProgress } from '../output/progress.ts'
import { amount, grouped } from '../../model/count.ts'
import type { Listing } from '../select/listing.ts'
import type { InstanceSide } from '../sides/side.ts'
import { type CopyFlags, checkCopyFlags, copyOptionsFor } from './options.ts'
import { type Prune, type Survey, planPrune, stillLacking, surveyOf } from './prune.ts'
import { type CopyResults, copyResults } from './results.ts'
import { CopyTally } from './tally.ts'
import { requireSome, requireWhole } from './whole.ts'

/** Instances, and what is done with them. */
export interface Transfer {
  readonly command: Extract<RunCommand, 'import' | 'copy'>
  readonly source: InstanceSide
  /** Which of its instances. */
  readonly listing: Listing
  readonly flags: CopyFlags
}

/**
 * Registers the instances of a source in the registry of a context, and prunes it if asked; prints what was changed and returns the exit
 * status. @throws RollcallError `refused` for an empty source, and the error that ended it
 */
export async function transfer(context: Context, work: Transfer): Promise<number> {
  const { flags } = work
  checkCopyFlags(flags)
  await prepareWrite(context, flags.dryRun)
  const client = await context.client()
  const options = copyOptionsFor(context, client, flags)
  const copier = new Copier(client, options)
  const rate = rateOf(flags)
  if (flags.keepAlive && !flags.dryRun) return await kept(context, work, copier, options)
  const prune = flags.prune ? await prunePlan(context, work, copier) : undefined
  const plan = prune?.plan
  const results = await copyResults(context)
  const tally = await copied(context, work, { copier, results, survey: prune?.survey })
  const message = notIn(work.source)
  // What was not registered may be meant in the place of what would be removed.
  const isKept = tally.status !== 0
  const removed = isKept || !plan ? [] : plan.entries
  if (flags.dryRun)
    for (const entry of removed) results.addItem({ ...planned('deregister', subjectOf(entry)), message })
  let pruned = 0
  try {
    if (prune && isKept && prune.plan.records.length > 0)
      await context.say('nothing is removed, because not every instance could be registered')
    else if (prune && !flags.dryRun) {
      const left = await stillLacking(context, { ...prune, source: work.source.name })
      const report = (done: CarriedOut) => addRemovals(context, results, { plan: prune.plan, done, message })
      const { command } = work
      const how = { command, plan: left, lifted: flags, file: flags.backup, rate, report }
      if (left.records.length > 0) pruned = await carryOut(context, how)
    }
  } finally {
    await results.end()
  }
  await tally.say(context, work.source.name, flags.dryRun && !isKept ? plan?.records.length : undefined)
  if (typeof options.ttl === 'number' && tally.of('created') > 0)
    await context.say(`gone in ${flags.ttl} without heartbeats: --keep-alive sends them, and so does rollcall renew`)
  if (plan && flags.dryRun && !isKept) await sayPlan(context, plan, flags)
  return tally.status === 0 || pruned === 0 ? tally.status || pruned : statusOf('partial')
}

/** @throws the error of the registry that ended it, after the results */
async function copied(
  context: Context,
  { source, listing, flags }: Transfer,
  {
    copier,
    results,
    survey,
  }: { readonly copier: Copier; readonly results: CopyResults; readonly survey: Survey | undefined },
): Promise<CopyTally> {
  const scan = source.read(listing)
  const tally = new CopyTally()
  const progress = startProgress(context, flags.dryRun ? 'compared' : 'registered')
  try {
    for await (const batch of copier.copy(scan.batches())) {
      for (const each of batch) {
        tally.add(each)
        results.add(each)
        survey?.note(each)
      }
      progress.count(tally.total)
      await results.drain()
    }
  } catch (error) {
    await progress.stop()
    await results.end()
    if (tally.total > 0) await sayAgain(context, tally)
    throw endOf(tally, error)
  }
  await progress.stop()
  const { stopped } = tally
  if (stopped) {
    await results.end()
    await sayAgain(context, tally)
    throw endOf(tally, stopped)
  }
  const { facts } = scan
  if (facts.unreadable !== undefined && tally.total > 0) {
    await results.end()
    await tally.say(context, source.name)
  }
  requireWhole(source, facts)
  requireSome(source, tally.total)
  return tally
}

async function sayAgain(context: Context, { done, inDoubt }: CopyTally): Promise<void> {
  const doubt = inDoubt > 0 ? `, ${grouped(inDoubt)} in doubt` : ''
  await context.say(`interrupted: ${amount(done, 'instance')} registered so far${doubt}; run it again for the rest`)
}

/** What ended it, as a part that is done where something was registered before a registry fell silent. */
function endOf({ done }: CopyTally, error: unknown): unknown {
  if (done === 0 || !(error instanceof RollcallError) || !stopsTheRest(error)) return error
  const { message, hint } = error
  return new RollcallError('partial', message, { ...(hint !== undefined && { hint }), cause: error })
}

function notIn({ name }: InstanceSide): string {
  return `not in ${name}`
}

/** Reads all of the source, shows what pruning would remove, and asks. @throws RollcallError where that is refused or declined */
async function prunePlan(
  context: Context,
  { source, listing, flags }: Transfer,
  copier: Copier,
): Promise<Prune | undefined> {
  const scan = source.read(listing)
  const survey = await surveyOf(context, scan.batches(), copier)
  requireSome(source, survey.count)
  if (!copier.isThere) return undefined
  const unreadable = scan.facts.unreadable ?? copier.unreadable
  const plan = await planPrune(context, { survey, reason: notIn(source), flags, unreadable })
  if (plan.records.length === 0 || flags.dryRun) return { plan, survey }
  await showPlan(context, plan)
  requireAllowed(plan, flags)
  await requireUnprotected(context, plan.entries)
  await requireOpenHours(context)
  const question = `Register ${amount(survey.count, 'instance')} of ${source.name}, and remove ${amount(plan.records.length, 'record')}?`
  await confirm(context, question, { yes: flags.yes })
  return { plan, survey }
}

async function sayPlan(context: Context, plan: PurgePlan, flags: CopyFlags): Promise<void> {
  await sayHours(context)
  requireAllowed(plan, flags)
  await requireUnprotected(context, plan.entries)
}

interface Removals {
  readonly plan: PurgePlan
  readonly done: CarriedOut
  /** Why they are removed. */
  readonly message: string
}

async function addRemovals(
  context: Context,
  results: CopyResults,
  { plan, done: { outcomes, backup, id }, message }: Removals,
): Promise<number> {
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]))
  let undone = 0
  for (const entry of plan.entries) {
    const subject = subjectOf(entry)
    if (!subject.records.every((record) => byId.has(record.id))) continue
    const item = itemOf('deregister', subject, byId)
    if (item.result !== 'done' && item.result !== 'absent') undone++
    results.addItem({ message, ...item, ...(backup !== undefined && { backup }) })
  }
  await sayUnknown(context, outcomes)
  const removed = outcomes.filter(({ result }) => result === 'done').length
  const back = removed > 0 && id !== undefined ? `; rollcall undo ${id} puts them back` : ''
  await context.say(`${amount(removed, 'record')} removed${back}`)
  return undone > 0 ? statusOf('partial') : 0
}

/** Registers all instances with leases and keeps them alive until stopped. */
async function kept(
  context: Context,
  { source, listing, flags }: Transfer,
  copier: Copier,
  { ttl, signal }: CopyOptions,
): Promise<number> {
  const tally = new CopyTally()
  const inputs = []
  const scan = source.read(listing)
  for await (const batch of copier.foresee(scan.batches())) {
    for (const each of batch) {
      if (each.result instanceof RollcallError) throw each.result
      tally.add(each)
      if (!each.carried) continue
      // Heartbeats say that it is up, so a status would not last.
      const { instance, weight, env } = each.carried.wanted
      const beside = { ...(weight !== undefined && { weight }), ...(env !== undefined && { env }) }
      inputs.push({ instance, idIsGenerated: false, beside })
    }
  }
  requireWhole(source, scan.facts)
  requireSome(source, tally.total)
  await tally.say(context, source.name)
  const write = { ...(ttl !== undefined && { ttl }), replace: flags.replace, signal }
  return await keepAll(context, inputs, { ...write, leave: flags.leave })
}
