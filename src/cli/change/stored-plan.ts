import { resolve } from 'node:path'
import type { PlanFlags } from '../../client/purge/plan-file.ts'
import { writePlanFile } from '../../client/purge/plan-io.ts'
import type { PurgePlan } from '../../client/purge/plan.ts'
import type { Context } from '../command.ts'
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

function planFlagsOf(flags: PurgeFlags): PlanFlags {
  const { malformed, rule, noLease, status, unreachable, emptyNodes } = flags
  const { selector, version, scheme, env, host, tag, noProxies, olderThan } = flags
  const reasons = { malformed, rule, noLease, status, unreachable, emptyNodes }
  return { ...reasons, selector, version, scheme, env, host, tag, noProxies, olderThan }
}
