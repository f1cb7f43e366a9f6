import type { SqliteConnection } from '../../backends/local/sqlite.ts'
import type { InstanceEntry, MalformedEntry } from '../../model/reading.ts'
import { type JournalRow, type StoredRow, insertRow, latestRow } from './rows.ts'
import { changesBetween, keyOfInstance, keyOfRecord, shortName, storedInstance } from './stored-instance.ts'

/** What a row says beside what the journal knows already. */
export interface Learnt {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly revision: string | undefined
  /** By the very first reading: it was there before the journal. */
  readonly isFirst: boolean
}

/** That an instance is there as it is; undefined where the journal has it so. */
export function instanceRow(
  connection: SqliteConnection,
  entry: InstanceEntry,
  { at, revision, isFirst }: Learnt,
): JournalRow | undefined {
  const { service } = entry
  const key = keyOfInstance(entry)
  const was = latestRow(connection, key)
  const instance = storedInstance(entry)
  if (was?.instance === instance) return undefined
  const row = { at, key, service: shortName(service), id: shortName(entry.instance.id), revision, instance }
  if (!was) return { ...row, type: 'added', base: isFirst, since: isFirst ? undefined : at }
  const changes = changesBetween(service, was.instance, instance)
  return changes === undefined ? undefined : { ...row, type: 'updated', since: was.since, changes }
}

/** That a record is malformed; undefined where the journal has it so. */
export function malformedRow(
  connection: SqliteConnection,
  { service, problem, record }: MalformedEntry,
  { at, revision, isFirst }: Learnt,
): JournalRow | undefined {
  const key = keyOfRecord(record.id)
  const was = latestRow(connection, key)
  const { lease } = record
  const instance = JSON.stringify({
    key: shortName(record.id),
    ...(lease !== undefined && { lease }),
    problem: problem.code,
    message: shortName(problem.message),
  })
  if (was?.instance === instance) return undefined
  return {
    at,
    type: 'malformed',
    key,
    service: shortName(service),
    ...(problem.id !== undefined && { id: shortName(problem.id) }),
    revision,
    since: was ? was.since : isFirst ? undefined : at,
    instance,
    base: isFirst && !was,
  }
}

/** That what a key stood for is gone; undefined where the journal knows of none. */
export function endRow(
  connection: SqliteConnection,
  key: string,
  at: number,
  revision?: string,
): JournalRow | undefined {
  const was = latestRow(connection, key)
  if (!was) return undefined
  const type = was.type === 'malformed' ? 'malformed' : 'removed'
  return { at, type, gone: true, key, ...namesOf(was), revision, since: was.since }
}

/** Takes note that an instance has other records than before, and so another key. */
export function moveKey(connection: SqliteConnection, before: InstanceEntry, after: InstanceEntry, at: number): void {
  const [from, to] = [keyOfInstance(before), keyOfInstance(after)]
  const was = from === to ? undefined : latestRow(connection, from)
  if (was?.instance === undefined) return
  const { since, instance } = was
  connection.writing(() => {
    insertRow(connection, { at, type: 'moved', gone: true, key: from, ...namesOf(was) })
    insertRow(connection, { at, type: 'moved', key: to, since, instance, ...namesOf(was) })
  })
}

function namesOf({ service, id }: StoredRow): Pick<JournalRow, 'service' | 'id'> {
  return { ...(service !== undefined && { service }), ...(id !== undefined && { id }) }
}
