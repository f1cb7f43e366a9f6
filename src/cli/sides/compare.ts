import { diff } from '../../client/diff/diff.ts'
import type { Depth, Difference } from '../../client/diff/differences.ts'
import { RollcallError } from '../../model/errors.ts'
import { isGlob } from '../../reports/glob.ts'
import { amount } from '../../model/count.ts'
import { ChosenEntries, type Listing } from '../select/listing.ts'
import { manifestDifferences, unfulfilled } from './manifest-differences.ts'
import type { InstanceSide, ManifestSide, Side, SideFacts } from './side.ts'

export interface CompareOptions {
  readonly listing: Listing
  /** Services or selectors choose: then it is an error that they choose nothing on either side. */
  readonly isNarrowed: boolean
  readonly depth: Depth | undefined
}

/** What a side is called, and what it has; of a manifest the name alone. */
export type ComparedSide = Pick<Side, 'name'> & Partial<Omit<SideFacts, 'unreadable'>>

export interface Comparison {
  readonly items: readonly Difference[]
  readonly facts: { readonly before: ComparedSide; readonly after: ComparedSide }
  /** Which part of which side the user has no permission to read. What is missing there is not among the items. */
  readonly unreadable: string | undefined
}

/** Compares two sides. @throws RollcallError `not-found` where what was named is on neither side; the registries' errors */
export async function compare(before: Side, after: Side, options: CompareOptions): Promise<Comparison> {
  if (before.is !== 'manifest')
    return after.is === 'manifest'
      ? await heldAgainst(after, before, options.listing, false)
      : await ofInstances(before, after, options)
  if (after.is !== 'manifest') return await heldAgainst(before, after, options.listing, true)
  const facts = { before: { name: before.name }, after: { name: after.name } }
  return { items: manifestDifferences(before.manifest, after.manifest), facts, unreadable: undefined }
}

async function ofInstances(before: InstanceSide, after: InstanceSide, options: CompareOptions): Promise<Comparison> {
  const [a, b] = [before.read(options.listing), after.read(options.listing)]
  const [left, right] = [
    { name: before.name, batches: a.parts() },
    { name: after.name, batches: b.parts() },
  ]
  const { items, services } = await diff(left, right, options.depth)
  const facts = { before: factsOf(before, a.facts), after: factsOf(after, b.facts) }
  const [hiddenBefore, hiddenAfter] = [hiddenOf(before, a.facts.unreadable), hiddenOf(after, b.facts.unreadable)]
  if (hiddenBefore.length + hiddenAfter.length === 0) {
    requireFound([before, after], services, options)
    return { items, facts, unreadable: undefined }
  }
  // What is missing where not all can be read may well be there.
  const uncertain = new Set([...hiddenBefore.map(() => 'added'), ...hiddenAfter.map(() => 'removed')])
  const certain = items.filter(({ difference }) => !uncertain.has(difference))
  return { items: certain, facts, unreadable: [...hiddenBefore, ...hiddenAfter].join('; ') }
}

/** `isFirst`: the manifest is the first side. */
async function heldAgainst(
  { name, manifest }: ManifestSide,
  side: InstanceSide,
  listing: Listing,
  isFirst: boolean,
): Promise<Comparison> {
  const entries = side.is === 'registry' ? new ChosenEntries(side.context, listing, { silent: true }) : undefined
  const items = await unfulfilled(manifest, (entries ?? side.read(listing)).batches(), isFirst)
  const hidden = hiddenOf(side, entries?.unreadable)
  const [before, after] = isFirst ? [name, side.name] : [side.name, name]
  const facts = { before: { name: before }, after: { name: after } }
  if (hidden.length === 0) return { items, facts, unreadable: undefined }
  return { items: [], facts, unreadable: hidden.join() }
}

function factsOf({ name }: Side, { unreadable: _, ...facts }: SideFacts): ComparedSide {
  return { name, ...facts }
}

function hiddenOf({ name }: Side, unreadable: string | undefined): string[] {
  return unreadable === undefined ? [] : [`${name}: ${unreadable}`]
}

function requireFound(
  [before, after]: readonly [Side, Side],
  found: ReadonlySet<string>,
  { listing, isNarrowed }: CompareOptions,
): void {
  const missing = listing.services.filter((name) => !isGlob(name) && !found.has(name))
  const where = `in ${before.name} or in ${after.name}`
  if (missing.length > 0) {
    throw new RollcallError('not-found', `no such instance of ${missing.join(', ')} ${where}`, {
      hint: 'check the names for a typing error; rollcall ls lists the services of a registry',
    })
  }
  if (isNarrowed && found.size === 0) {
    throw new RollcallError('not-found', `no such instance ${where}`, {
      hint: 'leave out a selector; rollcall ls -o wide shows what there is to select by',
    })
  }
}

/** The differences in a line, and what each side has that was not compared. */
export function summaryOf(items: readonly Difference[], { before, after }: Comparison['facts']): string[] {
  const count = (which: Difference['difference']) => items.filter(({ difference }) => difference === which).length
  const kinds = (['removed', 'added', 'changed'] as const).map((which) => `${count(which)} ${which}`)
  const [one, other] = [before, after].map(({ name, instances }) =>
    instances === undefined ? name : `${name} (${amount(instances, 'instance')})`,
  )
  const what = items.length === 0 ? 'no differences' : `${amount(items.length, 'difference')} (${kinds.join(', ')})`
  const unread = [before, after].flatMap(({ name, malformed = 0 }) =>
    malformed === 0 ? [] : [`${name}: ${amount(malformed, 'record')} could not be read; see rollcall check-keys`],
  )
  return [`${what} from ${one} to ${other}`, ...unread]
}
