import type { Row, SqlValue, SqliteConnection } from '../../backends/local/sqlite.ts'
import { type HistoryItem, beginsLater } from '../../reports/history.ts'

/** A row of `events`, without its number. Times in milliseconds since 1970; texts that users chose are in JSON, which holds any of them. */
export interface JournalRow {
  readonly at: number
  readonly until?: number | undefined
  readonly type: HistoryItem['type'] | 'moved'
  readonly base?: boolean
  readonly gone?: boolean
  readonly found?: boolean
  readonly key?: string
  readonly service?: string
  readonly id?: string
  readonly revision?: string | undefined
  readonly since?: number | undefined
  readonly instance?: string
  readonly changes?: string
  readonly message?: string
}

export interface StoredRow extends JournalRow {
  readonly seq: number
}

const INSERT = `
  INSERT INTO events
    (at, until, type, base, gone, found, key, service, id, revision, since, instance, changes, message)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
`

export function insertRow(connection: SqliteConnection, row: JournalRow): void {
  const { at, until, type, base, gone, found, key, service, id, revision, since, instance, changes, message } = row
  const flags = [base, gone, found].map((flag) => Number(flag === true))
  const others = [key, json(service), json(id), revision, since, instance, changes, message]
  connection.run(INSERT, at, until ?? null, type, ...flags, ...others.map((each) => each ?? null))
}

function json(text: string | undefined): string | undefined {
  return text === undefined ? undefined : JSON.stringify(text)
}

/** The row of that number and what it says. */
export function rowOf(row: Row): StoredRow {
  const { seq, at, until, type, base, gone, found, key, service, id, revision, since, instance, changes, message } = row
  return {
    seq: Number(seq),
    at: Number(at),
    type: typeOf(type),
    base: base === 1,
    gone: gone === 1,
    found: found === 1,
    ...(typeof until === 'number' && { until }),
    ...(typeof since === 'number' && { since }),
    ...texts({ key, revision, instance, changes, message }),
    ...texts({ service: parsedText(service), id: parsedText(id) }),
  }
}

const TYPES = ['added', 'updated', 'removed', 'malformed', 'gap', 'synced', 'moved'] as const

function typeOf(word: SqlValue | undefined): JournalRow['type'] {
  return TYPES.find((type) => type === word) ?? 'synced'
}

function texts(values: Readonly<Record<string, SqlValue | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) if (typeof value === 'string') kept[name] = value
  return kept
}

function parsedText(value: SqlValue | undefined): string | undefined {
  return typeof value === 'string' ? String(JSON.parse(value)) : undefined
}

const LATEST = 'SELECT * FROM events WHERE key = ? ORDER BY seq DESC LIMIT 1'
const EARLIER =
  'SELECT instance FROM events WHERE key = ? AND seq < ? AND instance IS NOT NULL ORDER BY seq DESC LIMIT 1'

/** What is known of a key: its last row, unless that ended it. */
export function latestRow(connection: SqliteConnection, key: string): StoredRow | undefined {
  const row = connection.get(LATEST, key)
  return row && row['gone'] !== 1 ? rowOf(row) : undefined
}

/** The instance of a key as it was before a row. */
export function instanceBefore(connection: SqliteConnection, key: string, seq: number): string | undefined {
  const found = connection.value(EARLIER, key, seq)
  return typeof found === 'string' ? found : undefined
}

/** Rows that are read at once. */
const PAGE = 500
const THERE = `
  SELECT events.* FROM (
    SELECT max(seq) AS last FROM events WHERE key > ? AND seq <= ? GROUP BY key ORDER BY key LIMIT ${PAGE}
  ) JOIN events ON seq = last ORDER BY key
`
const UP_TO = 'SELECT seq FROM events WHERE at <= ? ORDER BY at DESC, seq DESC LIMIT 1'
const HAPPENED = `SELECT * FROM events WHERE base = 0 AND seq > ? ORDER BY seq LIMIT ${PAGE}`

/** The last row of each key that was there at a time, in the order of keys: services, then ids. @throws RollcallError `history-lost` where the journal lets go of that time meanwhile */
export function* rowsAt(connection: SqliteConnection, time: number): Generator<StoredRow, void, undefined> {
  const last = Number(connection.value(UP_TO, time))
  for (let key = ''; ; ) {
    const { page, begins } = pageOf(connection, THERE, key, last)
    if (time < begins) throw beginsLater(new Date(begins).toISOString())
    for (const row of page) if (!row.gone) yield row
    if (page.length < PAGE) return
    key = page.at(-1)?.key ?? ''
  }
}

/** What happened after a time, in order; what the journal lets go of before it was read is a gap. */
export function* rowsAfter(connection: SqliteConnection, time: number): Generator<StoredRow, void, undefined> {
  let at = Math.max(time, stateOf(connection).begins ?? 0)
  for (let seq = Number(connection.value(UP_TO, time)); ; ) {
    const { page, begins } = pageOf(connection, HAPPENED, seq)
    if (begins > at) yield { seq: 0, at, until: begins, type: 'gap', message: 'the journal let go of it' }
    yield* page
    if (page.length < PAGE) return
    const read = page.at(-1)
    seq = read?.seq ?? seq
    at = Math.max(begins, read?.at ?? 0)
  }
}

/** A page, and from when on the journal had everything when it was read. */
function pageOf(connection: SqliteConnection, sql: string, ...values: SqlValue[]) {
  return connection.reading(() => ({
    page: connection.all(sql, ...values).map(rowOf),
    begins: stateOf(connection).begins ?? 0,
  }))
}

const GAP_AT = `SELECT * FROM events WHERE type = 'gap' AND at <= ? AND (until IS NULL OR until > ?) ORDER BY seq DESC LIMIT 1`

/** The gap in which a time lies. */
export function gapAt(connection: SqliteConnection, time: number): StoredRow | undefined {
  const row = connection.get(GAP_AT, time, time)
  return row && rowOf(row)
}

/** From when on the journal has everything, and until when it was written. Undefined for what never was. */
export interface JournalState {
  readonly registry: string
  readonly begins: number | undefined
  readonly seen: number | undefined
  readonly writer: string | undefined
}

export function stateOf(connection: SqliteConnection): JournalState {
  const { registry, begins, seen, writer } = connection.get('SELECT * FROM state') ?? {}
  return {
    registry: String(registry),
    begins: typeof begins === 'number' ? begins : undefined,
    seen: typeof seen === 'number' ? seen : undefined,
    writer: typeof writer === 'string' ? writer : undefined,
  }
}

const OPEN_GAP = "type = 'gap' AND until IS NULL"

/** A gap begins, unless there is one that was not closed. */
export function openGap(connection: SqliteConnection, at: number, message: string): void {
  if (connection.get(`SELECT 1 FROM events WHERE ${OPEN_GAP}`)) return
  insertRow(connection, { at, type: 'gap', message })
}

export function closeGap(connection: SqliteConnection, until: number): void {
  connection.run(`UPDATE events SET until = ? WHERE ${OPEN_GAP}`, until)
}

export function removeOpenGap(connection: SqliteConnection): void {
  connection.run(`DELETE FROM events WHERE ${OPEN_GAP}`)
}
