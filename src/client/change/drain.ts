import { RollcallError } from '../../model/errors.ts'
import type { Entry, InstanceEntry } from '../../model/reading.ts'
import type { Outcome } from '../../model/record.ts'
import { targetWord } from '../../model/target-word.ts'
import type { Client } from '../client.ts'
import type { Guard } from '../purge/guard.ts'
import { type PurgePlan, planNamed } from '../purge/plan.ts'
import { secondLook } from '../purge/second-look.ts'
import type { RunLog } from '../undo/run-log.ts'
import type { WorkBefore } from './carry-out.ts'
import type { ChangeSite } from './site.ts'
import { noteStatuses, withStatuses } from './status-run.ts'

/** What a drain does to the instances of a host. */
export interface DrainPlan {
  /** Those whose records hold a status. */
  readonly offline: readonly InstanceEntry[]
  /** Of the others. */
  readonly removal: PurgePlan
  /** How many are out of traffic already. */
  readonly out: number
}

/** The plan for the instances among the entries, which are those with an endpoint on the host. Reads only. */
export async function planDrain(
  client: Client,
  entries: AsyncIterable<Entry>,
  { host, guard, signal }: { readonly host: string; readonly guard: Guard; readonly signal: AbortSignal },
): Promise<DrainPlan> {
  const [offline, removed]: [InstanceEntry[], InstanceEntry[]] = [[], []]
  let out = 0
  for await (const entry of entries) {
    if (entry.is !== 'instance') continue
    if (!holdsStatus(client, entry)) removed.push(entry)
    else if (isOut(entry)) out++
    else offline.push(entry)
  }
  const guarded = new Set(removed.map(({ service }) => service))
  const reason = `it has an endpoint on ${host}`
  return { offline, removal: await planNamed(client, { entries: removed, reason, guarded, guard, signal }), out }
}

/** Whether an instance can be taken out of traffic while its records are kept. */
export function holdsStatus({ backend, capabilities }: Client, { records }: Pick<InstanceEntry, 'records'>): boolean {
  return capabilities.offline && records.every((record) => backend.holdsStatus?.(record) ?? true)
}

/** Whether an instance is out of traffic because an operator wants it so. */
export function isOut({ observed: { status } }: InstanceEntry): boolean {
  return status === 'down' || status === 'maintenance'
}

/** The instances that a plan deregisters. */
export function removedIn({ removal }: DrainPlan): InstanceEntry[] {
  return removal.entries.filter((entry) => entry.is === 'instance')
}

/** @throws RollcallError `unsupported` where what would be removed could not be put back: a drain is for a while */
export function requireWayBack({ capabilities, target }: Client, plan: DrainPlan): void {
  const [first] = removedIn(plan)
  if (!first || capabilities.restore) return
  const what = targetWord(first.service, first.instance.id)
  throw new RollcallError(
    'unsupported',
    `${what} cannot be taken offline, and ${target.display} cannot put back what is removed`,
    {
      hint: 'to remove it for good: rollcall deregister, with --host for all of a host',
    },
  )
}

/** What a drain does before it removes anything: it takes offline what holds a status. */
export function goingOffline(site: ChangeSite, { offline }: Pick<DrainPlan, 'offline'>, host: string): WorkBefore {
  const { client, signal } = site
  const records = offline.flatMap((entry) => entry.records)
  const change = async (log: RunLog): Promise<readonly Outcome[]> => {
    if (records.length === 0) return []
    await log.begin(records.map(({ id }) => id))
    const changes = await client.setStatus(records, 'down', { signal })
    const outcomes = await secondLook(client, records, changes, { wanted: 'changed', signal })
    await noteStatuses(site, log, { command: 'drain', records, outcomes })
    return outcomes
  }
  return { drained: host, records: withStatuses(site, records), change }
}
