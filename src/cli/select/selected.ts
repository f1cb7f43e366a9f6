import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { parseSelection, selectsAll } from '../../reports/selection.ts'
import type { Selectors } from '../args/options.ts'
import { withoutScheme } from '../args/targets.ts'
import type { Context } from '../command.ts'
import { ChosenEntries, readListing } from './listing.ts'
import { nothingSelected, servicesNotFound } from './not-found.ts'

/** Whether a command's flags select instances, so that its words are services. @throws RollcallError `usage` */
export function isSelecting(flags: Selectors): boolean {
  return !selectsAll(parseSelection(flags))
}

/** Refuses instances beside selectors, which choose among services. @throws RollcallError `usage` */
export function refuseInstances(words: readonly string[], id: string | undefined): void {
  const target = words.find((word) => word === '-' || withoutScheme(word).includes('/'))
  if (target === undefined && id === undefined) return
  throw new RollcallError('usage', 'selectors cannot be combined with instances', {
    hint: 'name services, or omit the selectors',
  })
}

/** The error for selectors that chose nothing in these services, or in all of them. */
export async function nothingChosen(context: Context, words: readonly string[]): Promise<RollcallError> {
  if (words.length === 0) return await nothingSelected(context)
  return await servicesNotFound(context, readListing(context, words, {}).services)
}

/** The instances that selectors choose. @throws RollcallError `not-found` when they choose none, `usage` */
export async function selectedInstances(
  context: Context,
  words: readonly string[],
  flags: Selectors & { readonly id: string | undefined },
): Promise<InstanceEntry[]> {
  refuseInstances(words, flags.id)
  const found: InstanceEntry[] = []
  for await (const entry of new ChosenEntries(context, readListing(context, words, flags), { silent: true }))
    if (entry.is === 'instance') found.push(entry)
  if (found.length === 0) throw await nothingChosen(context, words)
  return found
}
