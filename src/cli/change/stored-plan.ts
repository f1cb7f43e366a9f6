import { resolve } from 'node:path'
import type { PlanFlags, RemovalPlan } from '../../client/purge/plan-file.ts'
import { writePlanFile } from '../../client/purge/plan-io.ts'
import type { PurgePlan } from '../../client/purge/plan.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { whereabouts } from './confirmation.ts'
import type { PurgeFlags } from './purge-request.ts'

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
  const { context: name } = await context.resolved()
  await writePlanFile(await context.client(), plan, {
    path: resolve(context.io.cwd, file),
    services,
    flags: planFlagsOf(flags),
    now: () => context.now(),
    ...(name !== undefined && { context: name }),
  })
  await context.say(`plan: ${file}; rollcall apply -f ${file} carries it out, if nothing of it has changed by then`)
}

/** @throws RollcallError `usage` where a plan was made for another place than the one that is open */
export async function requirePlace(context: Context, { registry, prefix, layout }: RemovalPlan): Promise<void> {
  const resolved = await context.resolved()
  const { target } = resolved
  if (target.display === registry && target.prefix === prefix && target.layout === (layout ?? 'auto')) return
  const named = [prefix !== undefined && `--prefix '${prefix}'`, layout !== undefined && `--layout ${layout}`]
  const how = named.filter(Boolean).join(' ') || 'without --prefix and --layout'
  throw new RollcallError('usage', `the plan was made for ${registry}, ${how}`, {
    hint: `this is ${whereabouts(resolved)}; name the registry of the plan, or make a new one`,
  })
}

function planFlagsOf(flags: PurgeFlags): PlanFlags {
  const { malformed, rule, noLease, status, unreachable, emptyNodes } = flags
  const { selector, version, scheme, env, host, tag, noProxies, olderThan } = flags
  const reasons = { malformed, rule, noLease, status, unreachable, emptyNodes }
  return { ...reasons, selector, version, scheme, env, host, tag, noProxies, olderThan }
}
