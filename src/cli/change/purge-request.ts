import type { Client } from '../../client/client.ts'
import { unsupported } from '../../client/source.ts'
import { type PurgePlan, planPurge } from '../../client/purge/plan.ts'
import type { PurgeReasons } from '../../client/purge/reasons.ts'
import { ServiceInstance } from '../../model/instance.ts'
import type { Entry, ForeignEntry, InstanceEntry, MalformedEntry } from '../../model/reading.ts'
import { commaSeparated } from '../../reports/comma-separated.ts'
import { parseSelection } from '../../reports/selection.ts'
import { type OptionValues, consentOptions, list, selectorOptions, toggle, value } from '../args/options.ts'
import { flaggedKeys } from '../check-keys/records.ts'
import type { Context } from '../command.ts'
import { startProgress } from '../output/progress.ts'
import { type Listing, readListing } from '../select/listing.ts'
import { guardOf, guardOptions } from './guard.ts'

const { selector, version, scheme, env, host, tag, noProxies, olderThan } = selectorOptions

/** The options of purge, where `--status` is a reason and not a selector. */
export const purgeOptions = {
  malformed: toggle('--malformed', 'reason: records that no client can use'),
  rule: list('--rule <code>', 'reason: records flagged by this check-keys rule; several with commas'),
  noLease: toggle('--no-lease', 'reason: records that should expire, but have no lease'),
  status: list('--status <status>', 'reason: instances with this status'),
  unreachable: toggle('--unreachable', 'reason: instances whose endpoints all fail several probes'),
  emptyNodes: toggle('--empty-nodes', 'reason: empty nodes of services (ZooKeeper)'),
  selector,
  version,
  scheme,
  env,
  host,
  tag,
  noProxies,
  olderThan,
  ...guardOptions,
  backup: value('--backup <file>', 'where to save the removed records for `restore`'),
  ...consentOptions,
} as const

export type PurgeFlags = OptionValues<typeof purgeOptions>

/** Makes the plan that the words and flags ask for. @throws RollcallError `usage` for flags that are not valid */
export async function planFor(context: Context, words: readonly string[], flags: PurgeFlags): Promise<PurgePlan> {
  const guard = guardOf(flags)
  const statuses = parseSelection({ status: flags.status }).statuses
  const listing = readListing(context, words, { ...flags, status: [] })
  const client = await context.client()
  const flagged = await flaggedBy(context, client, listing, flags)
  const { malformed, noLease, unreachable, emptyNodes } = flags
  if (emptyNodes && !client.capabilities.folders) throw unsupported(client.target.driver, 'folders')
  const progress = startProgress(context, 'reading')
  const probing = startProgress(context, 'probing')
  try {
    const plan = await planPurge(client, {
      scope: listing.scope,
      inScope: listing.inScope,
      selects: selecting(listing, flags),
      byAge: flags.olderThan !== undefined,
      reasons: { malformed, noLease, unreachable, emptyNodes, statuses, ...flagged },
      guard,
      now: context.now(),
      trustClock: flags.trustClock,
      signal: context.signal,
      onProgress: (step, done, of) => (step === 'read' ? progress : probing).count(done, of),
    })
    if (plan.services.size === 0) await client.backend.checkPlace?.({ signal: context.signal })
    return plan
  } finally {
    await progress.stop()
    await probing.stop()
  }
}

async function flaggedBy(
  context: Context,
  client: Client,
  listing: Listing,
  flags: PurgeFlags,
): Promise<Pick<PurgeReasons, 'flagged'>> {
  return flags.rule.length === 0
    ? {}
    : { flagged: await flaggedKeys(context, client, listing, commaSeparated(flags.rule, '--rule')) }
}

/** A malformed record is selected by what can be read of it, such as endpoints and age; an unknown value never matches. */
function selecting({ selects }: Listing, flags: PurgeFlags): (entry: Entry) => boolean {
  return (entry) => {
    if (entry.is === 'instance') return selects(entry)
    return flags.selector.length === 0 && selects(asFarAsReadable(entry))
  }
}

function asFarAsReadable(entry: MalformedEntry | ForeignEntry): InstanceEntry {
  const { service, record } = entry
  const { id = '', name = '', endpoints = [] } = entry.is === 'malformed' ? entry.problem : {}
  const registeredAt = record.createdAt === undefined ? {} : { registeredAt: record.createdAt }
  return {
    is: 'instance',
    service,
    instance: ServiceInstance.from({ id, name, endpoints }),
    observed: { status: 'unknown', ...registeredAt },
    records: [record],
  }
}
