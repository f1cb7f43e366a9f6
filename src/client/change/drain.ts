import { RollcallError } from '../../model/errors.ts'
import type { Entry, InstanceEntry } from '../../model/reading.ts'
import type { Outcome } from '../../model/record.ts'
import { isOutOfTraffic } from '../../model/status.ts'
import { targetWord } from '../../model/target-word.ts'
import { advice } from '../../model/wording.ts'
import { listenerOf } from '../../reports/endpoint-parts.ts'
import type { Client } from '../client.ts'
import type { Guard } from '../purge/guard.ts'
import { type PurgePlan, planNamed } from '../purge/plan.ts'
import type { RunLog } from '../undo/run-log.ts'
import type { RunDone, WorkBefore } from './carry-out.ts'
import { type PurgeOptions, carryOutPlan } from './purge.ts'
import type { ChangeSite } from './site.ts'
import { settled, withStatuses } from './status-run.ts'

/** Which host is drained. */
export interface DrainRequest {
  /** As the endpoints have it; the backup keeps the name. */
  readonly host: string
  /** What has an endpoint there, where that was chosen in another way. By default whatever has one at exactly this host. */
  readonly entries?: AsyncIterable<Entry>
  /** What may be removed of the instances that are up; at most half of a service's by default. */
  readonly guard?: Guard
  readonly signal?: AbortSignal
}

/** What a drain does to the instances of a host. */
export interface DrainPlan {
  readonly host: string
  /** Those that are taken offline: their records hold a status. */
  readonly offline: readonly InstanceEntry[]
  /** Those that are deregistered, as their records hold none. */
  readonly removed: readonly InstanceEntry[]
  /** Of the removed ones. */
  readonly removal: PurgePlan
  /** How many are out of traffic already. */
  readonly out: number
}

/** At most half of a service's instances that are up. */
const GUARD: Guard = { maxPercent: 50, keepMin: 0 }

/**
 * The plan to take what has an endpoint on a host out of traffic: offline where its records hold a status, deregistered where they do
 * not. Reads only.
 *
 * @throws RollcallError `usage` where no host is named; else as `planPurge`
 */
export async function planDrain(client: Client, request: DrainRequest): Promise<DrainPlan> {
  const { host, guard = GUARD, signal } = request
  if (typeof host !== 'string' || host.trim() === '')
    throw new RollcallError('usage', 'no host is named', { hint: 'name it as the endpoints have it, such as 10.0.0.1' })
  const [offline, removed]: [InstanceEntry[], InstanceEntry[]] = [[], []]
  let out = 0
  for await (const entry of request.entries ?? entriesOn(client, host, signal)) {
    if (entry.is !== 'instance') continue
    if (!client.holdsStatus(entry)) removed.push(entry)
    else if (isOutOfTraffic(entry.observed.status)) out++
    else offline.push(entry)
  }
  const guarded = new Set(removed.map(({ service }) => service))
  const named = { entries: removed, reason: `it has an endpoint on ${host}`, guarded, guard }
  const removal = await planNamed(client, { ...named, ...(signal && { signal }) })
  return { host, offline, removed: removal.entries.filter((entry) => entry.is === 'instance'), removal, out }
}

async function* entriesOn(client: Client, host: string, signal?: AbortSignal): AsyncGenerator<Entry, void, undefined> {
  const wanted = host.toLowerCase()
  for await (const entry of client.entries({}, { ...(signal && { signal }) }))
    if (entry.is === 'instance' && entry.instance.endpoints.some((each) => listenerOf(each).host === wanted))
      yield entry
}

/**
 * Makes sure that what a plan would deregister can be put back, as a drain is for a while; before somebody is asked about it. `drain` looks by itself.
 * @throws RollcallError `unsupported`
 */
export function requireWayBack({ capabilities, target }: Client, { removed: [first] }: DrainPlan): void {
  if (!first || capabilities.restore) return
  const what = targetWord(first.service, first.instance.id)
  throw new RollcallError(
    'unsupported',
    `${what} cannot be taken offline, and ${target.display} cannot put back what is removed`,
    { hint: `to remove it for good: ${advice('deregisterHost')}` },
  )
}

/** How a drain is carried out. */
export type DrainOptions = Omit<PurgeOptions, 'command'>

/**
 * Carries out a plan of `planDrain`, as one run with one backup: takes offline what holds a status, and then removes the rest as `purge`
 * does. `planDrainBack` and `restore` put it back.
 *
 * @throws RollcallError `unsupported` where what is removed could not be put back; else as `purge`. Nothing was changed then.
 */
export async function drain(client: Client, plan: DrainPlan, options: DrainOptions = {}): Promise<RunDone> {
  const { offline, removal } = plan
  requireWayBack(client, plan)
  const entries = [...offline, ...removal.entries]
  const before = (site: ChangeSite) => goingOffline(site, plan)
  return await carryOutPlan(client, { command: 'drain', plan: removal, entries, before }, options)
}

/** What a drain does before it removes anything: it takes offline what holds a status. */
function goingOffline(site: ChangeSite, { offline, host }: DrainPlan): WorkBefore {
  const { client, signal } = site
  const records = offline.flatMap((entry) => entry.records)
  const change = async (log: RunLog): Promise<readonly Outcome[]> => {
    if (records.length === 0) return []
    await log.begin(records.map(({ id }) => id))
    const changes = await client.setStatus(records, 'down', { signal })
    return await settled(site, log, { command: 'drain', records, changes })
  }
  return { drained: host, records: withStatuses(site, records), change }
}
