import type { FieldChange } from '../../model/change.ts'
import { FLAPPING_WITHIN, Flapping, type HistoryItem, type PastInstance, beginsLater } from '../../reports/history.ts'
import { RollcallError } from '../../model/errors.ts'
import { explained } from '../../backends/local/sqlite-error.ts'
import { SEEN_EVERY, openForReading, type JournalFile } from './file.ts'
import { type StoredRow, gapAt, instanceBefore, rowsAfter, rowsAt, stateOf } from './rows.ts'

/** What is asked of a journal: what happened after a time, or what was there at one. Milliseconds since 1970. */
export type HistoryQuery = { readonly since: number } | { readonly at: number }

/** What a journal answers, in this order. */
export type JournalLine =
  /** From when on it has everything, and until when it was written. */
  | { readonly journal: { readonly registry: string; readonly begins: string; readonly until: string } }
  /** What happened; of `at` the gap in which the time lies. */
  | { readonly event: HistoryItem }
  /** Of `at`: an instance; or a record that no client could use. */
  | { readonly instance: PastInstance }
  | { readonly malformed: HistoryItem }

/** Answers a query from the file of a journal. @throws RollcallError `unreachable`, `storage`; `history-lost` for a time before it begins */
export async function* journalLines(path: string, query: HistoryQuery, now: number): AsyncGenerator<JournalLine> {
  using file = await openForReading(path)
  yield* linesIn(file, query, now)
}

/** The same from a journal that is open. */
export function* linesIn(file: JournalFile, query: HistoryQuery, now: number): Generator<JournalLine> {
  try {
    yield* linesOf(file, query, now)
  } catch (error) {
    throw explained(error, file.path)
  }
}

function* linesOf({ connection, path }: JournalFile, query: HistoryQuery, now: number): Generator<JournalLine> {
  const { registry, begins, seen, writer } = stateOf(connection)
  if (begins === undefined || seen === undefined)
    throw new RollcallError('unreachable', `${path} holds nothing yet: the registry has not been read once`, {
      hint: 'try again when its writer has read the registry',
    })
  // A writer notes every few seconds that it lives; its events say so, too.
  const last = Number(connection.value('SELECT max(at) FROM events'))
  const known = Math.max(seen, last)
  const isWritten = writer !== undefined && now - known < 3 * SEEN_EVERY
  const until = isWritten ? Math.max(known, now) : known
  yield { journal: { registry, begins: timeText(begins), until: timeText(until) } }
  const ended = isWritten ? undefined : endOf(known)
  if ('since' in query) yield* happened(connection, query.since, ended)
  else yield* wasThere(connection, query.at, begins, ended)
}

/** The time since the journal was last written is a gap, which lasts. */
function endOf(known: number): HistoryItem {
  return { type: 'gap', at: timeText(known), message: 'the journal is not being written' }
}

type Connection = JournalFile['connection']

function* happened(connection: Connection, since: number, ended: HistoryItem | undefined): Generator<JournalLine> {
  const flapping = new Flapping()
  const gap = gapAt(connection, since)
  if (gap) yield { event: itemOf(gap, connection) }
  // What went shortly before is counted, too.
  for (const row of rowsAfter(connection, since - FLAPPING_WITHIN)) {
    if (row.type === 'moved') continue
    const item = flapping.take(itemOf(row, connection))
    if (row.seq !== gap?.seq && (row.until ?? row.at) > since) yield { event: item }
  }
  const open = gapAt(connection, Number.MAX_SAFE_INTEGER)
  if (ended && !open) yield { event: ended }
}

function* wasThere(
  connection: Connection,
  at: number,
  begins: number,
  ended: HistoryItem | undefined,
): Generator<JournalLine> {
  if (at < begins) throw beginsLater(timeText(begins))
  const gap = gapAt(connection, at)
  if (gap) yield { event: itemOf(gap, connection) }
  else if (ended && at >= Date.parse(ended.at)) yield { event: ended }
  for (const row of rowsAt(connection, at)) {
    if (row.type === 'malformed') yield { malformed: itemOf(row, connection) }
    else if (row.instance !== undefined)
      yield {
        instance: {
          service: row.service ?? '',
          instance: JSON.parse(row.instance),
          ...(row.since !== undefined && { since: timeText(row.since) }),
        },
      }
  }
}

function itemOf(row: StoredRow, connection: Connection): HistoryItem {
  const { seq, at, until, type, gone, found, key, service, id, revision, since, changes, message } = row
  const isMalformed = type === 'malformed'
  const instance = row.instance ?? (gone && key !== undefined ? instanceBefore(connection, key, seq) : undefined)
  return {
    type: type === 'moved' ? 'updated' : type,
    at: timeText(at),
    ...(until !== undefined && { until: timeText(until) }),
    ...(found && { found }),
    ...(revision !== undefined && { revision }),
    ...(service !== undefined && { service }),
    ...(id !== undefined && { id }),
    ...(instance !== undefined && (isMalformed ? JSON.parse(instance) : { instance: JSON.parse(instance) })),
    ...(changes !== undefined && { changes: changesIn(changes) }),
    ...(since !== undefined && since !== at && { since: timeText(since) }),
    ...(message !== undefined && { message }),
    ...(isMalformed && gone && { gone }),
  }
}

function changesIn(json: string): readonly FieldChange[] {
  return JSON.parse(json)
}

function timeText(time: number): string {
  return new Date(time).toISOString()
}
