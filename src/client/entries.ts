import type { Backend, ScanOptions, Scope } from '../backends/contract/backend.ts'
import type { Entry, InstanceEntry } from '../model/reading.ts'
import type { CanonicalRecords } from '../model/record-table.ts'
import type { RawRecord } from '../model/record.ts'
import { CanonicalEntries, type EntryPart, nameAt } from './canonical-entries.ts'
import { type InstancePart, Merging, entryOf } from './merge.ts'
import type { Source } from './source.ts'
import { tracedPages } from './tracing.ts'

/** The entries of one read, in the registry's order, services together. */
export interface EntryScan extends AsyncIterable<Entry> {
  /** The revision of the snapshot, where the registry has one; known once the first entry came, or the scan ended. */
  readonly revision: string | undefined
  /** Which part of the scope the user has no permission to read, as one sentence; known and logged when the scan has ended. Undefined when there is none. */
  readonly unreadable: string | undefined
  /** The entries in the batches in which they arrive: awaiting each of a million alone takes longer than reading them. */
  batches(): AsyncIterable<readonly Entry[]>
  /** The same; entries of canonical records may come undecoded. */
  parts(): AsyncIterable<EntryPart>
}

type ScanSource = Pick<Source, 'backend' | 'logger' | 'now' | 'registry'>

/** Reads a scope record by record. Only parts of one instance wait, until their service is over. */
export class Entries implements EntryScan {
  revision: string | undefined = undefined
  unreadable: string | undefined = undefined
  readonly #source: ScanSource
  readonly #scope: Scope
  readonly #options: ScanOptions

  constructor(source: ScanSource, scope: Scope, options: ScanOptions) {
    this.#source = source
    this.#scope = scope
    this.#options = options
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Entry, void, undefined> {
    for await (const batch of this.batches()) yield* batch
  }

  async *batches(): AsyncGenerator<readonly Entry[], void, undefined> {
    for await (const part of this.#scan(this.#options)) yield part instanceof CanonicalEntries ? part.all() : part
  }

  parts(): AsyncGenerator<EntryPart, void, undefined> {
    return this.#scan({ ...this.#options, canonical: true })
  }

  async *#scan(options: ScanOptions): AsyncGenerator<EntryPart, void, undefined> {
    const waiting = new Spread()
    let service: string | undefined
    let skipped: readonly string[] = []
    for await (const page of tracedPages(this.#source, this.#scope, options)) {
      options.signal?.throwIfAborted()
      this.revision = page.revision
      this.unreadable = page.unreadable
      skipped = page.skipped ?? skipped
      if (page.canonical) {
        for (const records of waiting.size > 0 ? byService(page.canonical, service) : [page.canonical]) {
          if (nameAt(records, records.from) !== service) yield [...waiting.take()]
          yield new CanonicalEntries(records, (record) => this.#entryOf(record))
        }
        service = nameAt(page.canonical, page.canonical.end - 1)
        continue
      }
      const now = this.#source.now()
      const batch: Entry[] = []
      for (const record of page.records) {
        if (record.service !== service) {
          batch.push(...waiting.take())
          service = record.service
        }
        const entry = this.#read(record, now, waiting)
        if (entry) batch.push(entry)
      }
      yield batch
    }
    yield [...waiting.take()]
    if (this.unreadable !== undefined) this.#source.logger.warn(this.unreadable)
    if (skipped.length > 0) this.#source.logger.warn(skippedText(skipped))
  }

  #read(record: RawRecord, now: number, waiting: Spread): Entry | undefined {
    const reading = this.#source.backend.read(record, now)
    if (reading.is === 'structure') return undefined
    if (reading.is === 'malformed')
      return { is: 'malformed', service: record.service, problem: reading.problem, record }
    if (reading.is === 'foreign') return { is: 'foreign', service: record.service, reading, record }
    if (reading.groupKey === undefined) return entryOf({ record, reading })
    waiting.add(reading.groupKey, { record, reading })
    return undefined
  }

  #entryOf(record: RawRecord): InstanceEntry {
    const reading = this.#source.backend.read(record, this.#source.now())
    if (reading.is === 'instance') return entryOf({ record, reading })
    throw new Error(`the record ${record.id} was proven to be an instance, and is ${reading.is}`)
  }
}

/** Those of the service, if they begin with it, and those behind it. */
function byService(records: CanonicalRecords, service: string | undefined): CanonicalRecords[] {
  let place = records.from
  while (place < records.end && nameAt(records, place) === service) place++
  return [records.slice(records.from, place), records.slice(place, records.end)].filter(({ from, end }) => from < end)
}

/** What a scan of everything skipped, as a sentence. */
export function skippedText(skipped: readonly string[]): string {
  return `keys of other systems are not read: ${skipped.join(', ')}`
}

/** One service's instances of several records, by their mark. */
class Spread {
  readonly #instances = new Map<string, Merging>()

  add(mark: string, part: InstancePart): void {
    const merging = this.#instances.get(mark)
    if (merging) merging.add(part)
    else this.#instances.set(mark, new Merging(part))
  }

  get size(): number {
    return this.#instances.size
  }

  *take(): Generator<InstanceEntry, void, undefined> {
    for (const merging of this.#instances.values()) yield merging.entry()
    this.#instances.clear()
  }
}

interface Readable {
  readonly backend: Pick<Backend, 'checkPlace'>
  entries(scope: Scope, options: { readonly signal?: AbortSignal | undefined }): EntryScan
}

/**
 * Reads a scope and returns which part of it the user has no permission to read, as one sentence; undefined when there is none.
 * @throws RollcallError `usage` when there is no such place at all
 */
export async function unreadableIn(client: Readable, scope: Scope, signal?: AbortSignal): Promise<string | undefined> {
  const scan = client.entries(scope, { signal })
  let read = 0
  for await (const batch of scan.batches()) read += batch.length
  if (read === 0) await client.backend.checkPlace?.({ signal })
  return scan.unreadable
}
