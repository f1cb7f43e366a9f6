import type { Page, Scope, ScanOptions } from '../backends/contract/backend.ts'
import type { Line } from '../backends/http/wire.ts'
import type { Tell } from './refusal.ts'
import type { Registry } from './registry.ts'
import { wireRecord } from './wire-record.ts'

/** Records in one line: what is read, and what waits to be sent, stays small. */
const BATCH = 200

export interface Reader {
  readonly registry: Registry
  readonly tell: Tell
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * The raw records of the registry itself as lines of JSON. It begins to answer with the first page, so that a registry
 * that is away is told by the status; what goes wrong later is the last line.
 */
export async function recordLines(
  reader: Reader,
  scope: Scope,
  options: ScanOptions,
): Promise<AsyncGenerator<string, void, undefined>> {
  const pages = reader.registry.scan(scope, options)[Symbol.asyncIterator]()
  const first = await pages.next()
  return lines(reader, pages, first)
}

async function* lines(
  reader: Reader,
  pages: AsyncIterator<Page>,
  first: IteratorResult<Page>,
): AsyncGenerator<string, void, undefined> {
  try {
    for (let step = first; !step.done; step = await pages.next()) yield* pageLines(reader, step.value)
    yield line({ end: true })
  } catch (error) {
    const { code, message } = reader.tell(error)
    yield line({ error: { code, msg: message } })
  } finally {
    await pages.return?.()
  }
}

function* pageLines({ registry, now }: Reader, page: Page): Generator<string, void, undefined> {
  const { records, revision, partial } = page
  const common = { ...(revision !== undefined && { revision }), ...(partial !== undefined && { partial }) }
  for (let at = 0; at === 0 || at < records.length; at += BATCH) {
    const batch = records.slice(at, at + BATCH).map((record) => wireRecord(registry.client, record, now()))
    yield line({ records: batch, ...common })
  }
}

function line(value: Line): string {
  return `${JSON.stringify(value)}\n`
}
