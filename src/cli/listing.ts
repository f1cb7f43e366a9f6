import type { Scope } from '../backends/contract/backend.ts'
import type { Entry, InstanceEntry } from '../model/reading.ts'
import { glob, isGlob } from '../reports/glob.ts'
import { type Selection, isAgeless, matches, parseSelection, selectsAll } from '../reports/selection.ts'
import type { Context } from './command.ts'
import type { Selectors } from './args/options.ts'
import { readServices } from './args/targets.ts'

/** What the words and selectors of ls, watch, stats, wait and purge choose. */
export interface Listing {
  readonly services: readonly string[]
  readonly scope: Scope
  /** Whether the entry's service was asked for. */
  readonly inScope: (entry: Entry) => boolean
  /** Whether the selectors choose it, too. */
  readonly selects: (entry: InstanceEntry) => boolean
  /** Those that are wanted; none where any will do. */
  readonly versions: readonly string[]
}

/** @throws RollcallError `usage` */
export function readListing(context: Context, words: readonly string[], selectors: Partial<Selectors>): Listing {
  const services = readServices(words)
  const selection = parseSelection(selectors)
  const tests = services.map(glob)
  const exact = services.length > 0 && !services.some(isGlob)
  return {
    services,
    scope: exact ? { services } : {},
    inScope: (entry) => tests.length === 0 || tests.some((test) => test(entry.service)),
    selects: selectsAll(selection) ? () => true : selecting(context, selection),
    versions: selection.versions,
  }
}

/** Most registries do not record when an instance was registered: then nothing is older, and that is said once. */
function selecting(context: Context, selection: Selection): (entry: InstanceEntry) => boolean {
  let told = false
  return (entry) => {
    if (matches(selection, entry, context.now())) return true
    if (!told && isAgeless(selection, entry, context.now())) {
      told = true
      context.logger.warn('--older-than leaves out what the registry does not know the age of')
    }
    return false
  }
}

/** The names, not the patterns, that were asked for and of which nothing was chosen. */
export function unanswered(listing: Listing, answered: ReadonlySet<string>): string[] {
  if (answered.size === 0) return [...listing.services]
  return listing.services.filter((name) => !isGlob(name) && !answered.has(name))
}
