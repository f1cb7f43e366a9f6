import { RollcallError } from '../../model/errors.ts'
import type { KeyRange, StoreChange } from '../kv/store.ts'
import { type SqliteConnection, bytesOf, numberOf, recordOf, type Row } from './sqlite.ts'

/** The number of latest changes that are kept for watchers that start at an earlier revision. */
export const KEPT_CHANGES = 100_000
/** Old changes are deleted in batches of this size, so that not every write pays for it. */
const FORGOTTEN_AT_ONCE = 1_000
/** Changes that are read at once. */
const STRETCH = 1_000

const END_OF_STRETCH = `
  SELECT max(revision) FROM (SELECT revision FROM history WHERE revision > ? ORDER BY revision LIMIT ${STRETCH})
`
const CHANGES = `
  SELECT * FROM history WHERE revision > ? AND revision <= ? AND key >= ? AND key < ? ORDER BY change
`

export interface KeptRevision {
  readonly revision: string
  readonly changes: readonly StoreChange[]
}

export interface Stretch {
  /** The last revision that it covers. */
  readonly upTo: number
  readonly revisions: readonly KeptRevision[]
  /** Whether it reaches the present state. */
  readonly last: boolean
}

/** The current revision, and the last one whose changes are no longer kept. */
function stateOf(connection: SqliteConnection): { readonly current: number; readonly forgotten: number } {
  const row = connection.get('SELECT revision, forgotten FROM state') ?? {}
  return { current: numberOf(row, 'revision'), forgotten: numberOf(row, 'forgotten') }
}

export function currentRevision(connection: SqliteConnection): number {
  return stateOf(connection).current
}

/** Whether every change since a revision is kept, so that the state at that revision can still be read. */
export function isKept(connection: SqliteConnection, revision: number): boolean {
  const { current, forgotten } = stateOf(connection)
  return revision >= forgotten && revision < current
}

/**
 * The next changes after a revision, in whole revisions, about a thousand at once. Call it within a transaction.
 *
 * @throws RollcallError `history-lost` when they are no longer kept, or the file has not reached that revision
 */
export function changesAfter(connection: SqliteConnection, revision: number, range: KeyRange): Stretch {
  const { current, forgotten } = stateOf(connection)
  checkKept(revision, forgotten, current)
  const end = connection.value(END_OF_STRETCH, revision)
  if (end === null) return { upTo: revision, revisions: [], last: true }
  const rows = connection.all(CHANGES, revision, end, range.start, range.end)
  return { upTo: Number(end), revisions: byRevision(rows), last: end === current }
}

function checkKept(revision: number, forgotten: number, current: number): void {
  if (revision < forgotten)
    throw new RollcallError('history-lost', `changes after revision ${revision} are no longer kept`, {
      hint: `the file keeps the last ${KEPT_CHANGES} changes, at present those after revision ${forgotten}; read everything again`,
    })
  if (revision > current)
    throw new RollcallError('history-lost', `revision ${revision} does not exist yet: the file is at ${current}`, {
      hint: 'the file has been recreated since that revision was read; read everything again',
    })
}

function byRevision(rows: readonly Row[]): KeptRevision[] {
  const revisions: { revision: string; changes: StoreChange[] }[] = []
  for (const row of rows) {
    const revision = String(numberOf(row, 'revision'))
    if (revisions.at(-1)?.revision !== revision) revisions.push({ revision, changes: [] })
    const removed = row['value'] === null
    revisions.at(-1)?.changes.push(removed ? { removed: bytesOf(row, 'key') } : { put: recordOf(row) })
  }
  return revisions
}

/** Deletes the oldest changes, in whole revisions, beyond the number that is kept. */
export function forget(connection: SqliteConnection): void {
  const newest = Number(connection.value('SELECT max(change) FROM history'))
  const oldest = Number(connection.value('SELECT min(change) FROM history'))
  if (newest - oldest < KEPT_CHANGES + FORGOTTEN_AT_ONCE) return
  const last = Number(connection.value('SELECT revision FROM history WHERE change = ?', newest - KEPT_CHANGES))
  connection.run('DELETE FROM history WHERE revision <= ?', last)
  connection.run('UPDATE state SET forgotten = ?', last)
}
