import { requireUnprotected } from '../../client/change/protection.ts'
import type { ServedSite } from '../site.ts'
import { changeStatus } from '../../client/change/status-run.ts'
import { type PlanRefusal, type PurgePlan, planNamed, planPurge } from '../../client/purge/plan.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { isOutOfTraffic } from '../../model/status.ts'
import { FAILURE } from '../answer.ts'
import { isForAll } from '../authenticate.ts'
import { RefusedRequest } from '../refusal.ts'
import type { ScopedRegistry } from '../registry.ts'
import { type AskedChange, type ChangeItem, GUARD, type PlannedChange } from './planned.ts'
import { removing } from './removing.ts'

/** The owner's next renewal makes the record say again that it is up. */
const BACK = 'the next renewal by its owner puts it back into traffic'

/** The plan to take instances out of traffic, or back. */
export async function planStatus(
  site: ServedSite,
  registry: ScopedRegistry,
  asked: AskedChange,
): Promise<PlannedChange> {
  const action = asked.action === 'online' ? 'online' : 'offline'
  const entries = await targetsOf(registry, asked)
  const fixed = entries.find((entry) => !site.client.holdsStatus(entry))
  if (fixed) throw new RollcallError('unsupported', `${nameOf(fixed)} holds no status: it can only be deregistered`)
  if (action === 'offline') requireUnprotected(entries, site)
  const items = entries.flatMap((entry) => statusItems(site, entry, action))
  const records = entries.flatMap((entry) => entry.records)
  const notes = action === 'offline' ? offlineNotes(site) : []
  const carryOut = async () => {
    const { outcomes, kept } = await changeStatus(site.client, entries, action, site)
    const lost = 'the backup could not be written: undo cannot take this back'
    return { outcomes, ...(kept && { run: kept.id }), notes: kept ? [] : [lost] }
  }
  return { asked, items, records, refusals: [], notes, carryOut }
}

/** What taking out of traffic does not do in this registry. */
export function offlineNotes({ client: { backend } }: ServedSite): string[] {
  return backend.offlineLimit === undefined ? [] : [backend.offlineLimit]
}

/** What a change of status means for each record of an instance. */
export function statusItems(site: ServedSite, entry: InstanceEntry, action: 'offline' | 'online'): ChangeItem[] {
  const { service, instance, observed, records } = entry
  const isThere = isOutOfTraffic(observed.status) === (action === 'offline')
  const comesBack = action === 'offline' && observed.layout === 'aio'
  return records.map(({ id: key, revision }) => ({
    key,
    service,
    id: instance.id,
    action,
    result: isThere ? 'unchanged' : 'planned',
    reason: isThere ? `it is ${observed.status} already` : `it is ${observed.status}`,
    revision,
    live: observed.status === 'up',
    comesBack,
    guarded: site.client.capabilities.guarded,
    note: comesBack ? BACK : undefined,
  }))
}

/** The plan to remove instances. Several of one service are counted by the guard, one alone is meant. */
export async function planDeregister(
  site: ServedSite,
  registry: ScopedRegistry,
  asked: AskedChange,
): Promise<PlannedChange> {
  const entries = await targetsOf(registry, asked)
  const services = entries.map(({ service }) => service)
  const guarded = new Set(services.filter((service, at) => services.indexOf(service) !== at))
  const { client, signal } = site
  const plan = await planNamed(client, { entries, reason: 'named', guarded, guard: GUARD, signal })
  return await removal(site, asked, plan)
}

/** The plan to remove the records that no client can use. */
export async function planMalformed(
  site: ServedSite,
  registry: ScopedRegistry,
  asked: AskedChange,
): Promise<PlannedChange> {
  const { services } = asked
  for (const service of services ?? []) registry.require(service)
  const { client, now, signal } = site
  const plan = await planPurge(client, {
    scope: services ? { services } : {},
    inScope: ({ service }) => registry.maySee(service),
    selects: ({ is }) => is === 'malformed',
    reasons: { malformed: true },
    guard: GUARD,
    now: now(),
    signal,
  })
  return await removal(
    site,
    asked,
    isForAll(registry.identity) ? plan : { ...plan, refusals: plan.refusals.map(withoutOthers) },
  )
}

/** A doubt about the prefix counts what lies below all of it. */
function withoutOthers(refusal: PlanRefusal): PlanRefusal {
  return refusal.liftedBy === 'flagged' ? { ...refusal, fact: 'the prefix of this server looks wrong' } : refusal
}

async function removal(site: ServedSite, asked: AskedChange, plan: PurgePlan): Promise<PlannedChange> {
  requireUnprotected(plan.entries, site)
  return removing(site, { asked, command: asked.action === 'deregister' ? 'deregister' : 'purge', plan })
}

/** @throws RefusedRequest `notFound`, `forbidden`; `conflict` for one that is stored in several places */
async function targetsOf(registry: ScopedRegistry, { targets = [] }: AskedChange): Promise<InstanceEntry[]> {
  if (targets.length === 0) throw new RefusedRequest(FAILURE.badRequest, 'targets are missing')
  for (const { service } of targets) registry.require(service)
  const found = await registry.client.find(targets)
  return [...new Map(targets.map((target) => [JSON.stringify([target.service, target.id]), target])).values()].map(
    ({ service, id }) => {
      const [entry, ...others] = found.filter((each) => each.service === service && each.instance.id === id)
      if (!entry) throw new RefusedRequest(FAILURE.notFound, `${service}/${id} is not registered`)
      if (others.length === 0) return entry
      throw new RefusedRequest(FAILURE.conflict, `${service}/${id} is stored in several places: use rollcall itself`)
    },
  )
}

function nameOf({ service, instance }: InstanceEntry): string {
  return `${service}/${instance.id}`
}
