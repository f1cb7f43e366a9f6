import { CanonicalEntries, type EntryPart } from '../../client/canonical-entries.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { Context } from '../command.ts'
import { ChosenEntries, type Listing } from '../select/listing.ts'
import type { SidePart } from '../../client/diff/cursor.ts'
import type { RegistrySide, SideFacts, SideScan } from './side.ts'

/** The registry of a context as a side. `close`: what disposing it closes. */
export function registrySide(name: string, context: Context, close?: AsyncDisposable): RegistrySide {
  return {
    is: 'registry',
    name,
    context,
    read: (listing) => new RegistryScan(context, listing),
    async [Symbol.asyncDispose]() {
      await close?.[Symbol.asyncDispose]()
    },
  }
}

/** Every registry is scanned in the order of services, and what a scan knows at its end is then in the facts. */
class RegistryScan implements SideScan {
  facts: SideFacts = { instances: 0, malformed: 0, foreign: 0 }
  readonly #entries: ChosenEntries

  constructor(context: Context, listing: Listing) {
    this.#entries = new ChosenEntries(context, listing, { silent: true })
  }

  async *batches(): AsyncGenerator<readonly InstanceEntry[], void, undefined> {
    for await (const part of this.#read(this.#entries.batches()))
      yield part instanceof CanonicalEntries ? part.all() : part
  }

  parts(): AsyncGenerator<SidePart, void, undefined> {
    return this.#read(this.#entries.parts())
  }

  async *#read(parts: AsyncIterable<EntryPart>): AsyncGenerator<SidePart, void, undefined> {
    let [instances, malformed, foreign] = [0, 0, 0]
    for await (const part of parts) {
      if (part instanceof CanonicalEntries) {
        instances += part.length
        yield part
        continue
      }
      const some = part.filter((entry) => {
        if (entry.is === 'malformed') malformed++
        if (entry.is === 'foreign') foreign++
        return entry.is === 'instance'
      })
      instances += some.length
      yield some
    }
    const { revision, unreadable } = this.#entries
    this.facts = {
      instances,
      malformed,
      foreign,
      ...(revision !== undefined && { revision }),
      ...(unreadable !== undefined && { unreadable }),
    }
  }
}
