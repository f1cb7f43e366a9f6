import { unsupported } from '../../backends/contract/refusals.ts'
import type { PlanFlags } from '../../client/purge/plan-file.ts'
import { type PurgePlan, planPurge } from '../../client/purge/plan.ts'
import type { PurgeReasons } from '../../client/purge/reasons.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Entry } from '../../model/reading.ts'
import { commaSeparated } from '../../reports/comma-separated.ts'
import { parseSelection } from '../../reports/selection.ts'
import {
  type OptionValues,
  consentOptions,
  list,
  selectorOptions,
  toggle,
  value,
  wholeNumber,
} from '../args/options.ts'
import { flaggedKeys } from '../check-keys/records.ts'
import type { Context } from '../command.ts'
import { startProgress } from '../output/progress.ts'
import { type Listing, clientFor, readListing } from '../select/listing.ts'
import { type GuardFlags, guardOf, guardOptions } from './guard.ts'
import { asFarAsReadable } from '../../reports/readable.ts'

const { selector, version, scheme, env, host, tag, noProxies, olderThan } = selectorOptions

/** Of every command that removes what a plan holds. */
export const removalOptions = {
  rate: value('--rate <count>', 'remove at most this many records a second'),
  backup: value('--backup <file>', 'where to save the removed records for `undo` and `restore`'),
} as const

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
  ...removalOptions,
  plan: value('--plan <file>', 'write the plan to this file for `apply`, and change nothing'),
  ...consentOptions,
} as const

/** The value of `--rate`; undefined for no limit. @throws RollcallError `usage` for 0, and for anything but a whole number */
export function rateOf({ rate }: OptionValues<typeof removalOptions>): number | undefined {
  const count = wholeNumber('--rate', rate, undefined)
  if (count !== 0) return count
  throw new RollcallError('usage', '--rate must be above 0', { hint: 'write for example --rate 50' })
}

export type PurgeFlags = OptionValues<typeof purgeOptions>

/** Makes the plan that the words and flags ask for. @throws RollcallError `usage` for flags that are not valid */
export async function planFor(
  context: Context,
  words: readonly string[],
  flags: PlanFlags & Pick<GuardFlags, 'maxPercent' | 'keepMin' | 'trustClock'>,
): Promise<PurgePlan> {
  const guard = guardOf(flags)
  const statuses = parseSelection({ status: flags.status }).statuses
  const listing = readListing(context, words, { ...flags, status: [] })
  const client = await clientFor(context, listing)
  const flagged = await flaggedBy(context, listing, flags)
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

async function flaggedBy(context: Context, listing: Listing, flags: PlanFlags): Promise<Pick<PurgeReasons, 'flagged'>> {
  return flags.rule.length === 0
    ? {}
    : { flagged: await flaggedKeys(context, listing, commaSeparated(flags.rule, '--rule')) }
}

/** A malformed record is selected by what can be read of it, such as endpoints and age; an unknown value never matches. */
function selecting({ selects }: Listing, flags: PlanFlags): (entry: Entry) => boolean {
  return (entry) => {
    if (entry.is !== 'instance' && flags.selector.length > 0) return false
    return selects(asFarAsReadable(entry))
  }
}
