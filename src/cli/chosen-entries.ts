import type { EntryScan } from '../client/client.ts'
import type { Entry } from '../model/reading.ts'
import type { Context } from './command.ts'
import type { Listing } from './listing.ts'
import { nearVersion } from './near-version.ts'
import { startProgress } from './output/progress.ts'

export interface ChosenOptions {
  /** Also what costs a request per record. */
  readonly detail?: boolean
  /** Nothing is shown on this terminal before the end: say on standard error how far it is. */
  readonly silent?: boolean
}

/** The entries that a listing chooses: selected instances, and every malformed or foreign record of the services asked for. */
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

  /** Where nothing was chosen because no instance has the version: the flag that was perhaps meant. */
  get nearVersion(): string | undefined {
    return this.services.size > 0 ? undefined : nearVersion(this.#listing.versions, this.#versions)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Entry, void, undefined> {
    for await (const batch of this.batches()) yield* batch
  }

  /** The same entries, as many at once as were read together. */
  async *batches(): AsyncGenerator<readonly Entry[], void, undefined> {
    const { scope } = this.#listing
    const client = await this.#context.client()
    this.#scan = client.entries(scope, { detail: this.#options.detail ?? false, signal: this.#context.signal })
    const progress = this.#options.silent ? startProgress(this.#context, 'records read') : undefined
    try {
      for await (const batch of this.#scan.batches()) {
        this.looked += batch.length
        progress?.count(this.looked)
        yield batch.filter((entry) => this.#chooses(entry))
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
