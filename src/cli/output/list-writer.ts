import type { Output } from '../io.ts'
import { chunked } from './chunks.ts'
import type { Colours } from './colours.ts'
import { type TableOf, chooseColumns } from './column.ts'
import { csvEncoder } from './csv.ts'
import type { Encoder, ListFacts } from './encoder.ts'
import { chooseFields } from './fields.ts'
import { jsonEncoder, ndjsonEncoder } from './json.ts'
import { nameEncoder } from './names.ts'
import type { OutputOptions } from './options.ts'
import { sorter } from './sort.ts'
import { loadYaml, yamlEncoder } from './yaml.ts'

export interface ListOptions<Item> {
  /** `InstanceList`, `ServiceList`, … */
  readonly kind: string
  readonly output: OutputOptions
  readonly table: TableOf<Item>
  readonly colours: Colours
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Writes a list while it is read. */
export interface ListWriter<Item> {
  /** Takes an item without waiting for the reader: to be followed by `drain`, before there are many. */
  add(item: Item): void
  /** The same for an item whose `jsonLine` is known; undefined where the format needs more of it, or its place in an order. */
  addLine?: ((json: string) => void) | undefined
  /** Waits until the reader has taken most of what was added. */
  drain(): Promise<void>
  /** Both. False once `--limit` is reached: no further item will be shown. */
  row(item: Item): Promise<boolean>
  /** Writes what is still held back, and the facts, where the format has a place for them. */
  end(facts?: ListFacts): Promise<void>
}

/** Checks `--columns`, `--fields` and `--sort-by` before anything is written. @throws RollcallError `usage` */
export async function listWriter<Item extends object>(
  stdout: Output,
  options: ListOptions<Item>,
): Promise<ListWriter<Item>> {
  const { kind, output, table, now } = options
  const encoder = await encoderFor(stdout, options)
  const sort = output.sortBy && sorter(kind, table, output.sortBy, now)
  const limit = output.limit ?? Number.POSITIVE_INFINITY
  const chunks = chunked(stdout)
  const held: Item[] = []
  let rows = 0
  const add = (item: Item) => {
    if (sort) held.push(item)
    else if (rows < limit) {
      rows++
      chunks.add(encoder.row(item))
    }
  }
  const { line } = encoder
  const addLine = (json: string) => {
    if (rows >= limit || !line) return
    rows++
    chunks.add(line(json))
  }
  chunks.add(encoder.open())
  return {
    add,
    addLine: line && !sort ? addLine : undefined,
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

/** Writes items as an encoder has them, in the order in which they come. */
export async function encodedWriter<Item>(stdout: Output, encoder: Encoder<Item>): Promise<ListWriter<Item>> {
  const chunks = chunked(stdout)
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
  const columns = chooseColumns(table, format, output.columns)
  const fields = chooseFields(kind, output.fields)
  const whole = output.fields === undefined
  switch (format) {
    case 'table':
    case 'wide': {
      const { tableEncoder } = await import('./table.ts')
      return tableEncoder(columns, { headers, limit: stdout.isTerminal ? stdout.columns : undefined, colours, now })
    }
    case 'csv':
      return csvEncoder(columns, { headers, cleaned: stdout.isTerminal, now })
    case 'name':
      return nameEncoder(table)
    case 'json':
      return whole ? jsonEncoder(kind) : projected(jsonEncoder(kind), fields)
    case 'ndjson':
      return whole ? ndjsonEncoder : projected(ndjsonEncoder, fields)
    default:
      return projected(yamlEncoder(kind, await loadYaml()), fields)
  }
}

function projected<Item extends object>(encoder: Encoder<object>, fields: (item: object) => object): Encoder<Item> {
  return { ...encoder, row: (item) => encoder.row(fields(item)), line: undefined }
}
