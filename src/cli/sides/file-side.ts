import { byServiceName } from '../../backends/contract/service-order.ts'
import { LONGEST_MANIFEST, parseManifest } from '../../config/manifest-file.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { requireFormat } from '../../model/file-format.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { contentOf, tearIn } from '../args/instance-file.ts'
import type { Context } from '../command.ts'
import type { Listing } from '../select/listing.ts'
import { entryFrom } from '../../reports/file-entry.ts'
import type { FileSide, ManifestSide, SideFacts, SideScan } from './side.ts'
import { type TextSource, textSource } from './text-source.ts'

/** Instances in a batch. */
const BATCH = 500

/** All instances of a file, many at a time, each time it is called. */
type Entries = () => AsyncIterable<readonly InstanceEntry[]> | Iterable<readonly InstanceEntry[]>

/**
 * A file as a side, or standard input for `-`: instances as `export` writes them, in ndjson, json or yaml, or a manifest. All of it is
 * checked before this resolves. Of ndjson with its services in order, as exports have them, no more than a line is held at a time.
 * @throws RollcallError `config` for a file that cannot be read or is not a valid manifest; `usage` for one of another kind, or torn
 */
export async function fileSide(
  context: Pick<Context, 'io' | 'signal'>,
  word: string,
): Promise<FileSide | ManifestSide> {
  const source = await textSource(context, word)
  const { name } = source
  const closing = { [Symbol.asyncDispose]: () => Promise.resolve() }
  if (!(await hasLines(source))) {
    const text = await source.text()
    const content = await documentIn(source, text)
    if (isManifest(content)) {
      const path = word === '-' ? {} : { path: word }
      return { is: 'manifest', name, ...path, manifest: await manifestIn(name, text), ...closing }
    }
    const entries = sorted(itemsOf(content).map((item, at) => entryFrom(item, `${name}, instance ${at + 1}`)))
    return { is: 'file', name, read: (listing) => new FileScan(() => [entries], listing, context.signal), ...closing }
  }
  const entries = (await isInOrder(source, context.signal)) ? () => entriesIn(source) : await inOrder(source)
  return { is: 'file', name, read: (listing) => new FileScan(entries, listing, context.signal), ...closing }
}

/** Whether a text has an instance a line: then its first line is one. */
async function hasLines(source: TextSource): Promise<boolean> {
  for await (const lines of source.lines()) {
    const line = lines.find((each) => each.trim() !== '')
    if (line === undefined) continue
    try {
      const value: unknown = JSON.parse(line)
      return isObject(value) && typeof value.name === 'string' && value.items === undefined
    } catch {
      return false
    }
  }
  return true
}

async function documentIn({ name }: TextSource, text: string): Promise<unknown> {
  try {
    const content = await contentOf(text)
    requireFormat(name, content)
    return content
  } catch (error) {
    if (error instanceof RollcallError) throw error
    throw new RollcallError('usage', `cannot read instances from ${name}: ${messageOf(error).split('\n')[0]}`, {
      hint: 'it must be an export in ndjson, json or yaml, whole',
      cause: error,
    })
  }
}

/** A list of instances has the field `malformed`, too. */
function isManifest(content: unknown): boolean {
  if (!isObject(content) || content.items !== undefined || content.name !== undefined) return false
  return content.kind === 'Manifest' || ['services', 'unexpected', 'malformed'].some((field) => field in content)
}

async function manifestIn(name: string, text: string): Promise<ManifestSide['manifest']> {
  if (Buffer.byteLength(text) <= LONGEST_MANIFEST) return await parseManifest(name, text)
  throw new RollcallError('config', `${name} has more than ${LONGEST_MANIFEST / 1024} KiB, the most of a manifest`, {
    hint: 'claim about many services with a pattern',
  })
}

function itemsOf(content: unknown): readonly unknown[] {
  const items: unknown = isObject(content) && content.items !== undefined ? content.items : content
  return Array.isArray(items) ? items : [items]
}

async function* entriesIn(source: TextSource): AsyncGenerator<readonly InstanceEntry[], void, undefined> {
  let number = 0
  for await (const lines of source.lines()) {
    const entries: InstanceEntry[] = []
    for (const line of lines) {
      number++
      if (line.trim() === '') continue
      const where = `${source.name}, line ${number}`
      entries.push(entryFrom(parsed(line, where), where))
    }
    yield entries
  }
}

function parsed(line: string, where: string): unknown {
  try {
    const value: unknown = JSON.parse(line)
    requireFormat(where, value)
    const tear = tearIn(value)
    if (tear === undefined) return value
    throw new RollcallError('usage', `${where}: ${tear}`, { hint: 'export it again' })
  } catch (error) {
    if (error instanceof RollcallError) throw error
    throw new RollcallError('usage', `${where}, column ${columnOf(line)}: it is not a whole JSON object`, {
      hint: 'the file may be torn: export it again',
      cause: error,
    })
  }
}

/** The column at which a line stops being JSON. */
function columnOf(line: string): number {
  let [good, end] = [0, line.length]
  while (good < end) {
    const middle = Math.ceil((good + end) / 2)
    if (beginsJson(line.slice(0, middle))) good = middle
    else end = middle - 1
  }
  return good + 1
}

/** Whether more text could make it JSON: parsing it fails at its end, or not at all. */
function beginsJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (error) {
    const message = messageOf(error)
    return /^Un(?:expected end|terminated)/.test(message) || message.includes(`at position ${text.length}`)
  }
}

/** Reads all of it once. @throws RollcallError `usage` for a line that is not an instance */
async function isInOrder(source: TextSource, signal: AbortSignal): Promise<boolean> {
  let last: string | undefined
  let isOrdered = true
  for await (const entries of entriesIn(source)) {
    signal.throwIfAborted()
    for (const { service } of entries) {
      if (service === last) continue
      if (last !== undefined && byServiceName(last, service) > 0) isOrdered = false
      last = service
    }
  }
  return isOrdered
}

async function inOrder(source: TextSource): Promise<Entries> {
  const entries: InstanceEntry[] = []
  for await (const some of entriesIn(source)) for (const entry of some) entries.push(entry)
  const ordered = sorted(entries)
  return () => [ordered]
}

function sorted(entries: readonly InstanceEntry[]): InstanceEntry[] {
  return entries.toSorted((a, b) => (a.service === b.service ? 0 : byServiceName(a.service, b.service)))
}

class FileScan implements SideScan {
  facts: SideFacts = { instances: 0, malformed: 0, foreign: 0 }
  readonly #entries: Entries
  readonly #listing: Listing
  readonly #signal: AbortSignal

  constructor(entries: Entries, listing: Listing, signal: AbortSignal) {
    this.#entries = entries
    this.#listing = listing
    this.#signal = signal
  }

  parts(): AsyncGenerator<readonly InstanceEntry[], void, undefined> {
    return this.batches()
  }

  async *batches(): AsyncGenerator<readonly InstanceEntry[], void, undefined> {
    let instances = 0
    let batch: InstanceEntry[] = []
    for await (const entries of this.#entries())
      for (const entry of entries) {
        if (!this.#listing.inScope(entry) || !this.#listing.selects(entry)) continue
        if (batch.push(entry) < BATCH) continue
        this.#signal.throwIfAborted()
        instances += batch.length
        yield batch
        batch = []
      }
    instances += batch.length
    yield batch
    this.facts = { instances, malformed: 0, foreign: 0 }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
