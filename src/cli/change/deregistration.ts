import { type PurgePlan, planNamed, planPurge } from '../../client/purge/plan.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Entry, ForeignEntry } from '../../model/reading.ts'
import type { OptionValues, Selectors, targetOptions } from '../args/options.ts'
import { type NamedTarget, readTargets } from '../args/targets.ts'
import type { Context } from '../command.ts'
import { clientFor, readListing } from '../select/listing.ts'
import { findRaw, lookUp } from '../select/lookup.ts'
import { requireSeen, targetNotFound } from '../select/not-found.ts'
import { requireOnePlace } from '../select/one-place.ts'
import { isSelecting, nothingChosen, refuseInstances } from '../select/selected.ts'
import { type GuardFlags, guardOf } from './guard.ts'

export interface DeregisterFlags extends OptionValues<typeof targetOptions>, Selectors, GuardFlags {
  readonly all: boolean
  readonly ignoreNotFound: boolean
}

/** The plan of a deregistration, and the targets that do not exist. */
export interface Deregistration {
  readonly plan?: PurgePlan
  readonly missing: readonly NamedTarget[]
  /** False for one exact instance, which is removed without confirmation. */
  readonly asksFirst: boolean
}

/** The plan for what the words and flags of deregister name. @throws RollcallError `usage`, `not-found`, `ambiguous` */
export async function deregistrationOf(
  context: Context,
  words: readonly string[],
  flags: DeregisterFlags,
): Promise<Deregistration> {
  const { id, rawKey, all, ignoreNotFound } = flags
  const selects = isSelecting(flags)
  guardOf(flags)
  if (rawKey !== undefined && (words.length > 0 || id !== undefined || all || selects)) {
    throw new RollcallError('usage', '--raw-key cannot be combined with targets, --id, --all or selectors', {
      hint: 'pass --raw-key alone',
    })
  }
  try {
    if (rawKey !== undefined) {
      const found = await findRaw(context, rawKey)
      if (found.is === 'foreign') refuseForeign(found, flags)
      const plan = await planOf(context, [found], flags)
      return { plan, missing: [], asksFirst: true }
    }
    if (selects) return { plan: await selected(context, words, flags), missing: [], asksFirst: true }
    if (all) return { plan: await everything(context, words, flags), missing: [], asksFirst: true }
    return await named(context, words, flags)
  } catch (error) {
    if (!ignoreNotFound || !(error instanceof RollcallError) || error.code !== 'not-found') throw error
    return { missing: [], asksFirst: false }
  }
}

/** @throws RollcallError `refused` for a record of another program without --force, and for one of another system */
function refuseForeign({ reading, record }: ForeignEntry, { force }: Pick<DeregisterFlags, 'force'>): void {
  const { system, looksLike } = reading
  if (system !== undefined) {
    throw new RollcallError('refused', `${record.id} belongs to ${system}, and rollcall never removes it`, {
      hint: `use the tools of ${system}`,
    })
  }
  if (force) return
  const whose = looksLike === undefined ? 'another program' : `another program (like ${looksLike})`
  throw new RollcallError('refused', `${record.id} is a record of ${whose}`, {
    hint: '--force removes it; its own program may write it again, or fail without it',
  })
}

async function named(context: Context, words: readonly string[], flags: DeregisterFlags): Promise<Deregistration> {
  const { entries, missing } = await lookUp(context, words, { id: flags.id, writes: 'deregister' })
  const [first] = missing
  if (first && !flags.ignoreNotFound) throw await targetNotFound(context, first)
  await requireSeen(context, missing)
  const chosen = await requireOnePlace(context, entries, 'remove')
  const guarded = new Set(chosen.map(({ service }) => service))
  // One exact target of a service is intended; a list from standard input may be longer than expected.
  if (!words.includes('-'))
    for (const service of guarded)
      if (chosen.filter((entry) => entry.service === service).length === 1) guarded.delete(service)
  const plan = chosen.length === 0 ? undefined : await planOf(context, chosen, flags, guarded)
  return { ...(plan && { plan }), missing, asksFirst: chosen.length > 1 }
}

async function planOf(
  context: Context,
  entries: readonly Entry[],
  flags: DeregisterFlags,
  guarded: ReadonlySet<string> = new Set(),
): Promise<PurgePlan> {
  const client = await context.client()
  const request = { entries, reason: 'named', guarded, guard: guardOf(flags), signal: context.signal }
  return await planNamed(client, request)
}

async function everything(context: Context, words: readonly string[], flags: DeregisterFlags): Promise<PurgePlan> {
  const [target, ...others] = await readTargets(context, words)
  if (target.id !== undefined || others.length > 0 || flags.id !== undefined) {
    throw new RollcallError('usage', '--all takes one service and no ids', {
      hint: 'omit --all, or the ids',
    })
  }
  const plan = await planAsked(context, [target.service], flags, 'every instance of its service')
  if (plan.records.length === 0) throw await targetNotFound(context, target)
  return plan
}

async function selected(context: Context, words: readonly string[], flags: DeregisterFlags): Promise<PurgePlan> {
  refuseInstances(words, flags.id)
  const plan = await planAsked(context, words, flags, 'chosen by the selectors')
  if (plan.records.length === 0) throw await nothingChosen(context, words)
  return plan
}

async function planAsked(
  context: Context,
  words: readonly string[],
  flags: DeregisterFlags,
  reason: string,
): Promise<PurgePlan> {
  const listing = readListing(context, words, flags)
  const client = await clientFor(context, listing)
  return await planPurge(client, {
    scope: listing.scope,
    inScope: listing.inScope,
    selects: (entry) => entry.is === 'instance' && listing.selects(entry),
    byAge: flags.olderThan !== undefined,
    reasons: { asked: () => reason },
    guard: guardOf(flags),
    now: context.now(),
    trustClock: flags.trustClock,
    signal: context.signal,
  })
}
