import { planDrain, requireWayBack } from '../../client/change/drain.ts'
import { requireUnprotected } from '../../client/change/protection.ts'
import type { ServedSite } from '../site.ts'
import type { Entry } from '../../model/reading.ts'
import { listenerOf } from '../../reports/endpoint-parts.ts'
import { FAILURE } from '../answer.ts'
import { isForAll } from '../authenticate.ts'
import { RefusedRequest } from '../refusal.ts'
import type { ScopedRegistry } from '../registry.ts'
import { offlineNotes, statusItems } from './instances.ts'
import { type AskedChange, GUARD, type PlannedChange } from './planned.ts'
import { removing } from './removing.ts'

/** The plan to take what has an endpoint on a host out of traffic, of the services that the token is for. */
export async function planHost(site: ServedSite, registry: ScopedRegistry, asked: AskedChange): Promise<PlannedChange> {
  const host = asked.host?.toLowerCase() ?? ''
  if (host === '') throw new RefusedRequest(FAILURE.badRequest, 'host is missing')
  const { client, signal } = site
  const plan = await planDrain(client, { host, entries: onHost(registry, asked, host), guard: GUARD, signal })
  const { offline, removal, out } = plan
  if (offline.length + removal.entries.length + out === 0)
    throw new RefusedRequest(FAILURE.notFound, `no instance has an endpoint on ${host}`)
  requireWayBack(client, plan)
  requireUnprotected([...offline, ...removal.entries], site)
  const notes = [
    ...(offline.length > 0 ? offlineNotes(site) : []),
    ...(out > 0 ? [`${out} out of traffic already`] : []),
    ...(isForAll(registry.identity) ? [] : [`only services that the token "${registry.identity.name}" is for`]),
  ]
  const planned = removing(site, {
    asked,
    command: 'drain',
    plan: removal,
    first: offline.flatMap((entry) => statusItems(site, entry, 'offline')),
    drained: plan,
  })
  return { ...planned, notes: [...planned.notes, ...notes] }
}

/** Exactly this host: what a registry holds is not taken for a pattern. */
async function* onHost(registry: ScopedRegistry, { services }: AskedChange, host: string): AsyncGenerator<Entry> {
  for (const service of services ?? []) registry.require(service)
  for await (const entry of registry.client.entries(services ? { services } : {})) {
    if (entry.is !== 'instance' || !registry.maySee(entry.service)) continue
    if (entry.instance.endpoints.some((endpoint) => listenerOf(endpoint).host === host)) yield entry
  }
}
