import type { CanonicalEntries } from '../../client/canonical-entries.ts'
import type { Context } from '../command.ts'
import type { Output } from '../io.ts'
import { CanonicalLines } from './canonical-lines.ts'
import { Chunks } from './chunks.ts'
import { type Colours, colourless, createColours } from './colours.ts'
import { type Encoder, type ListFacts, type TableOf, chooseColumns, chooseFields, sorter } from './columns.ts'
import { jsonEncoder, loadYaml, ndjsonEncoder, yamlEncoder } from './documents.ts'
import { type OutputOptions, parseOutput } from './options.ts'

export interface ListOptions<Item> {
  /** `InstanceList`, `ServiceList`, … */
  readonly kind: string
  readonly output: OutputOptions
  readonly table: TableOf<Item>
  readonly colours: Colours
  /** Milliseconds since 1970. */
  readonly now: number
  /** When it aborts, the rest of the list is not written. */
  readonly signal?: AbortSignal
}

/** Writes a list while it is read. */
export interface ListWriter<Item> {
  /** Takes an item without waiting for the reader: to be followed by `drain`, before there are many. */
  add(item: Item): void
  /** Like `add`, for an item whose `jsonLine` is known. Undefined when the format needs the item itself, or rows are sorted. */
  addLine?: ((json: string) => void) | undefined
  /** Adds and drains the lines of instances; there under the same conditions. */
  canonical?: ((entries: CanonicalEntries) => Promise<void>) | undefined
  /** Waits until the reader has taken most of what was added. */
  drain(): Promise<void>
  /** Adds and drains. Returns false once `--limit` is reached: no further item will be shown. */
  row(item: Item): Promise<boolean>
  /** Writes what is still held back, and the facts, where the format has a place for them. */
  end(facts?: ListFacts): Promise<void>
}

/** Checks `--columns`, `--fields` and `--sort-by` before anything is written. @throws RollcallError `usage` */
export async function listWriter<Item extends object>(
  stdout: Output,
  options: ListOptions<Item>,
): Promise<ListWriter<Item>> {
  const { kind, output, table, now, signal } = options
  const encoder = await encoderFor(stdout, options)
  const sort = output.sortBy && (await sorter(kind, table, output.sortBy, now))
  const limit = output.limit ?? Number.POSITIVE_INFINITY
  const chunks = new Chunks(stdout, signal)
  const held: Item[] = []
  let rows = 0
  const add = (item: Item) => {
    if (sort) held.push(item)
    else if (rows < limit) {
      rows++
      chunks.add(encoder.row(item))
    }
  }
  const { frame } = encoder
  const addLine = (json: string) => {
    if (rows >= limit || !frame) return
    rows++
    const [before, behind] = frame()
    chunks.add(before + json + behind)
  }
  const lines = frame && new CanonicalLines(chunks, frame)
  const canonical = async (entries: CanonicalEntries) => {
    if (rows >= limit) return
    const some = entries.length > limit - rows ? entries.first(limit - rows) : entries
    rows += some.length
    await lines?.write(some)
  }
  chunks.add(encoder.open())
  return {
    add,
    addLine: frame && !sort ? addLine : undefined,
    canonical: frame && !sort ? canonical : undefined,
    drain: () => chunks.drain(),
    async row(item) {
      add(item)
      await chunks.drain()
      return rows < limit
    },
    async end(facts = {}) {
      for (const item of (sort?.(held) ?? []).slice(0, limit)) {
        chunks.add(encoder.row(item))
        await chunks.drain()
      }
      chunks.add(encoder.close(facts))
      await chunks.flush()
    },
  }
}

/** Writes items on standard output as an encoder has them, in the order in which they come. */
export async function encodedWriter<Item>(
  { io, signal }: Pick<Context, 'io' | 'signal'>,
  encoder: Encoder<Item>,
): Promise<ListWriter<Item>> {
  const chunks = new Chunks(io.stdout, signal)
  const add = (item: Item) => chunks.add(encoder.row(item))
  chunks.add(encoder.open())
  return {
    add,
    drain: () => chunks.drain(),
    async row(item) {
      add(item)
      await chunks.drain()
      return true
    },
    async end(facts = {}) {
      chunks.add(encoder.close(facts))
      await chunks.flush()
    },
  }
}

async function encoderFor<Item extends object>(stdout: Output, options: ListOptions<Item>): Promise<Encoder<Item>> {
  const { kind, output, table, colours, now } = options
  const { format, headers } = output
  const { isTerminal } = stdout
  const columns = chooseColumns(table, { format, isTerminal }, output.columns)
  const fields = await chooseFields(kind, output.fields)
  const whole = output.fields === undefined
  switch (format) {
    case 'table':
    case 'wide': {
      const { tableEncoder } = await import('./table.ts')
      const limit = isTerminal && format === 'table' ? stdout.columns : undefined
      return tableEncoder(columns, { headers, limit, inBlocks: table.inBlocks && !output.columns, colours, now })
    }
    case 'csv': {
      const { csvEncoder } = await import('./csv.ts')
      return csvEncoder(columns, { headers, cleaned: isTerminal, now })
    }
    case 'name': {
      const { nameEncoder } = await import('./csv.ts')
      return nameEncoder(table)
    }
    case 'json':
      return whole ? jsonEncoder(kind) : projected(jsonEncoder(kind), fields)
    case 'ndjson':
      return whole ? ndjsonEncoder : projected(ndjsonEncoder, fields)
    default:
      return projected(yamlEncoder(kind, await loadYaml()), fields)
  }
}

function projected<Item extends object>(encoder: Encoder<object>, fields: (item: object) => object): Encoder<Item> {
  return { ...encoder, row: (item) => encoder.row(fields(item)), frame: undefined }
}

/**
 * A list on standard output, in the format that the flags ask for. After Ctrl-C the rest of it is not written.
 * @throws RollcallError `usage` for output flags that are not valid
 */
export async function printList<Item extends object>(
  context: Context,
  kind: string,
  table: TableOf<Item>,
  output: OutputOptions = parseOutput(context.globals),
): Promise<ListWriter<Item>> {
  return await onStdout(context, { kind, table, output, signal: context.signal })
}

/** A list of what a command has changed: it is written after Ctrl-C, too. @throws RollcallError `usage` for output flags that are not valid */
export async function printChanges<Item extends object>(
  context: Context,
  kind: string,
  table: TableOf<Item>,
  output: OutputOptions,
): Promise<ListWriter<Item>> {
  return await onStdout(context, { kind, table, output })
}

async function onStdout<Item extends object>(
  context: Context,
  options: Omit<ListOptions<Item>, 'colours' | 'now'>,
): Promise<ListWriter<Item>> {
  const { io, globals } = context
  const colours = await createColours(io, globals.color)
  return await listWriter(io.stdout, { ...options, colours, now: context.now() })
}

const nowhere: Output = { isTerminal: false, columns: undefined, write: async () => {} }

/** Checks the output flags, so that a wrong one is reported before anything is changed. @throws RollcallError `usage` */
export async function checkOutput<Item extends object>(
  context: Context,
  kind: string,
  table: TableOf<Item>,
): Promise<void> {
  const output = parseOutput(context.globals)
  await listWriter(nowhere, { kind, output, table, colours: colourless, now: context.now() })
}
