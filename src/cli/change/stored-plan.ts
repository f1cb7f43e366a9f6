import { resolve } from 'node:path'
import { type PlanFlags, type RemovalPlan, differences, plannedRecord } from '../../client/purge/plan-file.ts'
import { writePlanFile } from '../../client/purge/plan-io.ts'
import type { PurgePlan } from '../../client/purge/plan.ts'
import { currentOf } from '../../client/purge/second-look.ts'
import type { Target } from '../../backends/contract/driver.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { amount } from '../output/text.ts'
import { whereabouts } from './confirmation.ts'
import type { PurgeFlags } from './purge-request.ts'

/** Keys that are named in an error. */
const NAMED = 20

/** Writes a plan to a file that `apply` reads, and reports it. @throws RollcallError `refused` for records of other programs, `usage` */
export async function storePlan(
  context: Context,
  plan: PurgePlan,
  {
    file,
    services,
    flags,
  }: { readonly file: string; readonly services: readonly string[]; readonly flags: PurgeFlags },
): Promise<void> {
  refuseForeign(plan)
  const { target, context: name } = await context.resolved()
  await writePlanFile(resolve(context.io.cwd, file), {
    at: new Date(context.now()).toISOString(),
    ...placeOf(target),
    ...(name !== undefined && { context: name }),
    services,
    flags: planFlagsOf(flags),
    records: plan.records.map(plannedRecord),
  })
  await context.say(`plan: ${file}; rollcall apply -f ${file} carries it out, if nothing of it has changed by then`)
}

/** A plan from a file never removes them: only a question that names the rule does. @throws RollcallError `refused` */
export function refuseForeign({ entries }: PurgePlan): void {
  const foreign = entries.filter(({ is }) => is === 'foreign')
  if (foreign.length === 0) return
  throw new RollcallError('refused', `the plan has ${amount(foreign.length, 'record')} of other programs`, {
    hint: 'a stored plan never removes them: run rollcall purge --rule itself',
  })
}

/** @throws RollcallError `usage` where a plan was made for another place than the one that is open */
export async function requirePlace(context: Context, plan: RemovalPlan): Promise<void> {
  const resolved = await context.resolved()
  const here = placeOf(resolved.target)
  if (here.registry === plan.registry && here.prefix === plan.prefix && here.layout === plan.layout) return
  const { registry, prefix, layout } = plan
  const named = [prefix !== undefined && `--prefix '${prefix}'`, layout !== undefined && `--layout ${layout}`]
  const how = named.filter(Boolean).join(' ') || 'without --prefix and --layout'
  throw new RollcallError('usage', `the plan was made for ${registry}, ${how}`, {
    hint: `this is ${whereabouts(resolved)}; name the registry of the plan, or make a new one`,
  })
}

/** @throws RollcallError `conflict` where the registry would get another plan now, naming how they differ */
export function requireSame(stored: RemovalPlan, now: PurgePlan): void {
  const found = differences(stored.records, now.records).map(({ key, is }) => `${is}: ${key}`)
  if (found.length > 0) throw conflict(found)
}

/** Looks at the records again, after a question. @throws RollcallError `conflict` where one has changed */
export async function requireUnchanged(context: Context, { records }: PurgePlan): Promise<void> {
  const revisions = new Map(records.map(({ record: { id, revision } }) => [id, revision]))
  const found: string[] = []
  const all = records.map(({ record }) => record)
  for await (const { id, now } of currentOf(await context.client(), all, context.signal))
    if (!now || now.revision !== revisions.get(id)) found.push(`changed: ${id}`)
  if (found.length > 0) throw conflict(found)
}

function conflict(found: readonly string[]): RollcallError {
  const more = found.length - NAMED
  const lines = [...found.slice(0, NAMED), ...(more > 0 ? [`… and ${more} more`] : [])]
  return new RollcallError('conflict', `the registry is no longer as it was planned:\n${lines.join('\n')}`, {
    hint: 'nothing was removed; make a new plan with rollcall purge --plan',
  })
}

function placeOf({ display, prefix, layout }: Target): Pick<RemovalPlan, 'registry' | 'prefix' | 'layout'> {
  return {
    registry: display,
    ...(prefix !== undefined && { prefix }),
    ...(layout !== 'auto' && { layout }),
  }
}

function planFlagsOf(flags: PurgeFlags): PlanFlags {
  const { malformed, rule, noLease, status, unreachable, emptyNodes } = flags
  const { selector, version, scheme, env, host, tag, noProxies, olderThan } = flags
  const reasons = { malformed, rule, noLease, status, unreachable, emptyNodes }
  return { ...reasons, selector, version, scheme, env, host, tag, noProxies, olderThan }
}
