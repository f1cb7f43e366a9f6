import type { Scope } from '../backends/backend.ts'
import type { EntryScan } from '../client/client.ts'
import { RollcallError } from '../model/errors.ts'
import type { Entry, InstanceEntry } from '../model/reading.ts'
import { glob, isGlob } from '../reports/glob.ts'
import { didYouMean } from '../reports/near-names.ts'
import { matches, parseSelection } from '../reports/selection.ts'
import type { Context } from './context.ts'
import type { Selectors } from './shared-options.ts'
import { readServices } from './targets.ts'

/** What the words and selectors of ls, watch, stats, wait and purge choose. */
export interface Listing {
  readonly services: readonly string[]
  readonly scope: Scope
  /** Whether the entry's service was asked for. */
  inScope(entry: Entry): boolean
  /** Whether the selectors choose it, too. */
  selects(entry: InstanceEntry): boolean
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
    selects: (entry) => matches(selection, entry, context.now()),
  }
}

/** Every entry of the services asked for: selected instances, and malformed records. */
export async function listed(
  context: Context,
  listing: Listing,
  options: { detail?: boolean } = {},
): Promise<EntryScan> {
  const client = await context.client()
  const scan = client.entries(listing.scope, { ...options, signal: context.signal })
  return {
    get revision() {
      return scan.revision
    },
    get partial() {
      return scan.partial
    },
    async *[Symbol.asyncIterator]() {
      for await (const entry of scan) {
        if (listing.inScope(entry) && (entry.is === 'malformed' || listing.selects(entry))) yield entry
      }
    },
  }
}

/** For a service that was named and has nothing: the answer is no, with the names that may have been meant. */
export async function noSuchService(context: Context, listing: Listing): Promise<RollcallError> {
  const names = new Set<string>()
  const client = await context.client()
  for await (const entry of client.entries({}, { signal: context.signal })) {
    if (entry.is === 'instance') names.add(entry.service)
  }
  const [first = ''] = listing.services
  const known = listing.services.every((service) => names.has(service))
  const what = listing.services.join(', ')
  if (known)
    return new RollcallError('not-found', `no instance of ${what} is selected`, {
      hint: `rollcall ls ${what} shows all of them`,
    })
  const hint = didYouMean(first, names) ?? 'rollcall ls lists the services'
  return new RollcallError('not-found', `no instance of ${what} is registered`, { hint })
}
