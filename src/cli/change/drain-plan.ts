import { type DrainPlan, planDrain } from '../../client/change/drain.ts'
import { withoutPassword } from '../../model/endpoint-secret.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { Context } from '../command.ts'
import { colourless } from '../output/colours.ts'
import type { TableOf } from '../output/columns.ts'
import { listWriter } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { amount } from '../../model/count.ts'
import { ChosenEntries, readListing } from '../select/listing.ts'
import { whereabouts } from './confirmation.ts'
import { type GuardFlags, guardOf } from './guard.ts'
import { sayNotes } from './plan.ts'

/** The plan for what has an endpoint on a host. @throws RollcallError `not-found` where there is none, `forbidden` where it may be among what cannot be read */
export async function drainPlanFor(
  context: Context,
  [host, ...services]: readonly [string, ...string[]],
  flags: Pick<GuardFlags, 'maxPercent' | 'keepMin'>,
): Promise<DrainPlan> {
  const guard = guardOf(flags)
  const client = await context.client()
  const entries = new ChosenEntries(context, readListing(context, services, { host: [host] }), { silent: true })
  const plan = await planDrain(client, { host, entries, guard, signal: context.signal })
  if (plan.offline.length + plan.removal.entries.length + plan.out === 0) throw nothingOn(host, entries.unreadable)
  if (entries.unreadable !== undefined)
    context.logger.warn(`there may be more on ${host} than can be read: ${entries.unreadable}`)
  return plan
}

function nothingOn(host: string, unreadable: string | undefined): RollcallError {
  const fact = `no instance has an endpoint on ${host}`
  if (unreadable === undefined)
    return new RollcallError('not-found', fact, {
      hint: `the hosts are in rollcall ls --hosts; --host takes them with * and ?, such as '${host}*'`,
    })
  return new RollcallError('forbidden', `${fact}, as far as it can be read: ${unreadable}`, {
    hint: 'use credentials that can read it',
  })
}

interface PlanRow {
  readonly action: 'offline' | 'deregister'
  readonly entry: InstanceEntry
}

const table: TableOf<PlanRow> = {
  columns: [
    { name: 'ACTION', text: ({ action }) => action },
    { name: 'SERVICE', text: ({ entry }) => entry.service, identifies: true },
    { name: 'ID', text: ({ entry }) => entry.instance.id, identifies: true },
    { name: 'STATUS', text: ({ entry }) => entry.observed.status },
    { name: 'ENDPOINTS', text: ({ entry }) => entry.instance.endpoints.map(withoutPassword).join(',') },
  ],
  name: ({ entry }) => entry.instance.id,
}

/** Shows a plan as a table on standard error, with what follows from it. */
export async function showDrain(context: Context, plan: DrainPlan): Promise<void> {
  const { stderr } = context.io
  if (!context.globals.quiet || stderr.isTerminal) {
    const output = parseOutput({})
    const writer = await listWriter(stderr, {
      kind: 'Instance',
      output,
      table,
      colours: colourless,
      now: context.now(),
    })
    for (const entry of plan.offline) await writer.row({ action: 'offline', entry })
    for (const entry of plan.removed) await writer.row({ action: 'deregister', entry })
    await writer.end()
  }
  await sayDrain(context, plan)
}

/** Reports what a plan comes to, and what follows from it. */
export async function sayDrain(context: Context, plan: DrainPlan): Promise<void> {
  const { offline, removed, removal, out } = plan
  if (removal.records.length > 0) await sayNotes(context, removal)
  if (offline.some(({ observed }) => observed.layout === 'aio'))
    await context.say('note: the next renewal by its owner puts an instance back into traffic, unless that is stopped')
  const parts = [`${amount(offline.length, 'instance')} to take offline`, `${removed.length} to deregister`]
  if (out > 0) parts.push(`${out} out of traffic already`)
  await context.say(`${parts.join(', ')} in ${whereabouts(await context.resolved())}`)
}
