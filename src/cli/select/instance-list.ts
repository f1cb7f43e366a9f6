import { CanonicalEntries, eachKind } from '../../client/canonical-entries.ts'
import type { RollcallError } from '../../model/errors.ts'
import type { Entry } from '../../model/reading.ts'
import { type InstanceItem, instanceItem } from '../../reports/instances.ts'
import { type Summary, summary as summaryOf } from '../../reports/summary.ts'
import type { Context } from '../command.ts'
import type { ListFacts } from '../output/columns.ts'
import { instanceLine } from '../output/documents.ts'
import type { ListWriter } from '../output/list-writer.ts'
import { summaryLines } from '../output/summary.ts'
import { sayAlternatives } from './alternatives.ts'
import { ChosenEntries, type ChosenOptions, type Listing, unanswered } from './listing.ts'

/** Records of which a long list has more. */
const MANY = 1_000

/**
 * Writes the instances that a listing chooses while they are read, then the facts of the list, and sums up on standard error.
 * Returns which part of the registry the user has no permission to read, as one sentence; undefined when there is none.
 * @throws RollcallError `not-found` where a named service has no such instance, after all others were written
 */
export async function writeInstances(
  context: Context,
  writer: ListWriter<InstanceItem>,
  listing: Listing,
  options: ChosenOptions,
): Promise<string | undefined> {
  const { detail = false } = options
  const entries = new ChosenEntries(context, listing, options)
  const total = summaryOf()
  for await (const part of writer.canonical ? entries.parts() : entries.batches()) {
    eachKind(part, (entry, count) => total.add(entry, count))
    if (part instanceof CanonicalEntries) {
      if (entries.looked > MANY) context.io.keepSmall?.()
      await writer.canonical?.(part)
    } else addInstances(writer, part, detail)
    await writer.drain()
  }
  const summary = total.result()
  const missing = unanswered(listing, entries.services)
  if (missing.length > 0 && summary.instances === 0) throw await notFound(context, missing, entries.nearVersion)
  await writer.end({ asOf: context.now(), revision: entries.revision, ...countsOf(summary) })
  if (entries.looked === 0) await sayAlternatives(context)
  for (const line of summaryLines(summary)) await context.say(line)
  if (entries.nearVersion !== undefined) await context.say(entries.nearVersion)
  if (missing.length > 0) throw await notFound(context, missing)
  return entries.unreadable
}

function addInstances(writer: ListWriter<InstanceItem>, entries: readonly Entry[], detail: boolean): void {
  for (const entry of entries) {
    if (entry.is !== 'instance') continue
    if (writer.addLine) writer.addLine(instanceLine(entry, { detail }))
    else writer.add(instanceItem(entry, { detail }))
  }
}

/** What looks for the reason is loaded only where there is one to look for. */
async function notFound(context: Context, names: readonly string[], hint?: string): Promise<RollcallError> {
  const { servicesNotFound } = await import('./not-found.ts')
  return await servicesNotFound(context, names, hint)
}

/** The counts that stand beside the items of a list. */
export function countsOf({ malformed, foreign }: Summary): Pick<ListFacts, 'malformed' | 'foreign'> {
  return { malformed, foreign: foreign.keys }
}
