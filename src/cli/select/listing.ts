import type { Scope } from '../../backends/contract/backend.ts'
import { CanonicalEntries, type EntryPart } from '../../client/canonical-entries.ts'
import type { Client, EntryScan } from '../../client/client.ts'
import { unsupported } from '../../backends/contract/refusals.ts'
import type { Entry, InstanceEntry } from '../../model/reading.ts'
import { isGlob, isOneOf } from '../../reports/glob.ts'
import { type Selection, isAgeless, matches, parseSelection, selectsAll } from '../../reports/selection.ts'
import { asksNothing } from '../../reports/terms.ts'
import type { Selectors } from '../args/options.ts'
import { readServices } from '../args/targets.ts'
import type { Context } from '../command.ts'
import { startProgress } from '../output/progress.ts'
import { nearVersion } from './alternatives.ts'

/** What the words and selectors of ls, watch, stats, wait and purge choose. */
export interface Listing {
  readonly services: readonly string[]
  readonly scope: Scope
  /** Whether the entry's service was asked for. */
  readonly inScope: (entry: Entry) => boolean
  /** Whether the selectors choose the instance. */
  readonly selects: (entry: InstanceEntry) => boolean
  /** Whether it chooses all that is in its scope, so that no instance has to be looked at. */
  readonly choosesAll: boolean
  /** The versions that are named; empty when any will do, or all that a pattern fits. */
  readonly versions: readonly string[]
  /** Whether a selector is about tags, which not every registry has. */
  readonly needsTags: boolean
}

/** @throws RollcallError `usage` */
export function readListing(context: Context, words: readonly string[], selectors: Partial<Selectors>): Listing {
  const services = readServices(words)
  const selection = parseSelection(selectors)
  const isOne = isOneOf(services)
  const exact = services.length > 0 && !services.some(isGlob)
  return {
    services,
    scope: exact ? { services } : {},
    inScope: (entry) => isOne(entry.service),
    selects: selectsAll(selection) ? () => true : selecting(context, selection),
    choosesAll: selectsAll(selection) && (exact || services.length === 0),
    versions: selection.namedVersions,
    needsTags: !asksNothing(selection.tags),
  }
}

/**
 * The client to read what a listing chooses.
 * @throws RollcallError `unsupported` where a selector is about what no instance of this registry has: it would choose nothing, whatever is there
 */
export async function clientFor(context: Context, { needsTags }: Pick<Listing, 'needsTags'>): Promise<Client> {
  const client = await context.client()
  if (needsTags && !client.capabilities.tags) throw unsupported(client.target.driver, 'tags')
  return client
}

/** Most registries do not record when an instance was registered: such an instance is never older, and a warning says so. */
function selecting(context: Context, selection: Selection): (entry: InstanceEntry) => boolean {
  let warned = false
  return (entry) => {
    if (matches(selection, entry, context.now())) return true
    if (!warned && isAgeless(selection, entry, context.now())) {
      warned = true
      context.logger.warn('--older-than skips instances whose age the registry does not know')
    }
    return false
  }
}

/** The named services, not the patterns, of which nothing was chosen. */
export function unanswered(listing: Listing, answered: ReadonlySet<string>): string[] {
  if (answered.size === 0) return [...listing.services]
  return listing.services.filter((name) => !isGlob(name) && !answered.has(name))
}

export interface ChosenOptions {
  /** Also read what costs a request per record. */
  readonly detail?: boolean
  /** Nothing is printed before the end: show progress on standard error. */
  readonly silent?: boolean
}

/** The entries that a listing chooses: the selected instances, and every malformed or foreign record of the services asked for. */
export class ChosenEntries implements AsyncIterable<Entry> {
  /** Entries met so far, chosen or not. */
  looked = 0
  /** Services of which an instance was chosen. */
  readonly services = new Set<string>()
  /** Versions of instances of the services asked for, where a version is wanted. */
  readonly #versions = new Set<string>()
  readonly #context: Context
  readonly #listing: Listing
  readonly #options: ChosenOptions
  #scan: EntryScan | undefined

  constructor(context: Context, listing: Listing, options: ChosenOptions = {}) {
    this.#context = context
    this.#listing = listing
    this.#options = options
  }

  get revision(): string | undefined {
    return this.#scan?.revision
  }

  /** Which part of the registry the user has no permission to read, as one sentence; known when all was read. */
  get unreadable(): string | undefined {
    return this.#scan?.unreadable
  }

  /** The flag to suggest when nothing was chosen because no instance has the version. */
  get nearVersion(): string | undefined {
    return this.services.size > 0 ? undefined : nearVersion(this.#listing.versions, this.#versions)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Entry, void, undefined> {
    for await (const batch of this.batches()) yield* batch
  }

  /** The chosen entries in the batches in which they were read. */
  async *batches(): AsyncGenerator<readonly Entry[], void, undefined> {
    for await (const part of this.#read((scan) => scan.batches()))
      yield part instanceof CanonicalEntries ? part.all() : part
  }

  /** The same; those of canonical records may come undecoded, if the listing chooses all. */
  parts(): AsyncGenerator<EntryPart, void, undefined> {
    return this.#read((scan) => (this.#listing.choosesAll ? scan.parts() : scan.batches()))
  }

  async *#read(from: (scan: EntryScan) => AsyncIterable<EntryPart>): AsyncGenerator<EntryPart, void, undefined> {
    const { scope } = this.#listing
    const client = await clientFor(this.#context, this.#listing)
    this.#scan = client.entries(scope, { detail: this.#options.detail ?? false, signal: this.#context.signal })
    const progress = this.#options.silent ? startProgress(this.#context, 'records read') : undefined
    try {
      for await (const part of from(this.#scan)) {
        this.looked += part.length
        progress?.count(this.looked)
        if (part instanceof CanonicalEntries) part.eachKind(({ service }) => this.services.add(service))
        yield part instanceof CanonicalEntries ? part : part.filter((entry) => this.#chooses(entry))
      }
      if (this.looked === 0) await client.backend.checkPlace?.({ signal: this.#context.signal })
    } finally {
      await progress?.stop()
    }
  }

  #chooses(entry: Entry): boolean {
    if (!this.#listing.inScope(entry)) return false
    if (entry.is !== 'instance') return true
    if (this.#listing.versions.length > 0) this.#versions.add(entry.instance.version)
    const chosen = this.#listing.selects(entry)
    if (chosen) this.services.add(entry.service)
    return chosen
  }
}
