import { RollcallError } from '../../model/errors.ts'
import type { KeyRange, StoreChange } from '../kv/store.ts'
import { type SqliteConnection, bytesOf, numberOf, recordOf, type Row } from './sqlite.ts'

/** Changes that are kept for watchers that begin at an earlier revision. */
export const KEPT_CHANGES = 100_000
/** Forgetting goes by so many at once, so that not every write pays for it. */
const FORGOTTEN_AT_ONCE = 1_000
/** Changes that are looked at in one go. */
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
  /** Everything up to this revision is in it. */
  readonly upTo: number
  readonly revisions: readonly KeptRevision[]
  /** There was nothing after it. */
  readonly last: boolean
}

/** The current revision, and the last one of which the changes are not kept. */
function stateOf(connection: SqliteConnection): { readonly current: number; readonly forgotten: number } {
  const row = connection.get('SELECT revision, forgotten FROM state') ?? {}
  return { current: numberOf(row, 'revision'), forgotten: numberOf(row, 'forgotten') }
}

export function currentRevision(connection: SqliteConnection): number {
  return stateOf(connection).current
}

/** Whether every change since a revision is kept, so that the state at it can still be told. */
export function isKept(connection: SqliteConnection, revision: number): boolean {
  const { current, forgotten } = stateOf(connection)
  return revision >= forgotten && revision < current
}

/**
 * The next changes after a revision, whole revisions, some thousand at once. Within a transaction.
 *
 * @throws RollcallError `history-lost` when they were forgotten, or the revision is not of this file.
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
      hint: `the file keeps the last ${KEPT_CHANGES} changes, now from revision ${forgotten} on; read the whole again`,
    })
  if (revision > current)
    throw new RollcallError('history-lost', `revision ${revision} has not been yet: the file is at ${current}`, {
      hint: 'the file was made anew since that revision was read; read the whole again',
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

/** Drops the oldest changes, whole revisions, when there are more than are kept. */
export function forget(connection: SqliteConnection): void {
  const newest = Number(connection.value('SELECT max(change) FROM history'))
  const oldest = Number(connection.value('SELECT min(change) FROM history'))
  if (newest - oldest < KEPT_CHANGES + FORGOTTEN_AT_ONCE) return
  const last = Number(connection.value('SELECT revision FROM history WHERE change = ?', newest - KEPT_CHANGES))
  connection.run('DELETE FROM history WHERE revision <= ?', last)
  connection.run('UPDATE state SET forgotten = ?', last)
}
