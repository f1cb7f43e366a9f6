import type { Page, Scope, ScanOptions } from '../backends/backend.ts'
import type { Line } from '../backends/http/wire.ts'
import type { Client } from '../client/client.ts'
import { type Identity, maySee } from './identity.ts'
import { tellOf } from './refusal.ts'
import { wireRecord } from './wire-record.ts'

/** Records in one line: what is read, and what waits to be sent, stays small. */
const BATCH = 200

export interface Reader {
  readonly client: Client
  readonly identity: Identity
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
  const pages = reader.client.backend.scan(scope, options)[Symbol.asyncIterator]()
  const first = await pages.next()
  return lines(reader, scope, pages, first)
}

async function* lines(
  reader: Reader,
  scope: Scope,
  pages: AsyncIterator<Page>,
  first: IteratorResult<Page>,
): AsyncGenerator<string, void, undefined> {
  try {
    for (let step = first; !step.done; step = await pages.next()) yield* pageLines(reader, scope, step.value)
    yield line({ end: true })
  } catch (error) {
    const { code, message } = tellOf(error)
    yield line({ error: { code, msg: message } })
  } finally {
    await pages.return?.()
  }
}

function* pageLines({ client, identity, now }: Reader, scope: Scope, page: Page): Generator<string, void, undefined> {
  const shown = page.records.filter(({ service }) => maySee(identity, service))
  const partial = page.partial ?? (scope.services ? undefined : limitOf(identity))
  const common = {
    ...(page.revision !== undefined && { revision: page.revision }),
    ...(partial !== undefined && { partial }),
  }
  for (let at = 0; at === 0 || at < shown.length; at += BATCH) {
    const records = shown.slice(at, at + BATCH).map((record) => wireRecord(client, record, now()))
    yield line({ records, ...common })
  }
}

function limitOf({ name, services }: Identity): string | undefined {
  return services.length === 0 ? undefined : `the token "${name}" is for ${services.join(', ')} alone`
}

function line(value: Line): string {
  return `${JSON.stringify(value)}\n`
}
