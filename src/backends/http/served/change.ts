import { RollcallError } from '../../../model/errors.ts'
import type { Outcome, RawRecord } from '../../../model/record.ts'
import { notAttempted, outcomeOfError, stopsTheRest } from '../../contract/outcome.ts'
import { neverRead } from '../../contract/refusals.ts'
import type { HttpApi } from '../api.ts'
import { isJsonObject } from '../protocol.ts'
import { refusalOfPart } from '../errors.ts'
import type { ChangeRequest, WireMark } from '../wire.ts'
import { type ServedRecord, isServed, recordIn } from './record.ts'

/** The most records that the server takes in one request. */
const BATCH = 100

export interface ServedChange extends Omit<ChangeRequest, 'records'> {
  readonly kind: 'remove' | 'renew' | 'status'
  readonly signal?: AbortSignal | undefined
}

/** What became of a record, and how it was before where the server reports that. */
export interface ServedOutcome extends Outcome {
  readonly before?: ServedRecord
}

/**
 * Changes records that still are as they were seen, an outcome each. A refused record fails alone. When the server no longer
 * answers, the records that were sent are in doubt, and the rest is not attempted. @throws the signal's reason
 */
export async function* change(
  api: HttpApi,
  records: readonly RawRecord[],
  how: ServedChange,
  size = BATCH,
): AsyncGenerator<ServedOutcome, void, undefined> {
  const marks = [...new Map(records.map((record) => [record.id, markOf(record)])).values()]
  let broken: RollcallError | undefined
  for (let at = 0; at < marks.length; at += size) {
    how.signal?.throwIfAborted()
    const batch = marks.slice(at, at + size)
    const error = broken
    if (error) {
      yield* batch.map(({ id }) => notAttempted(id, error))
      continue
    }
    try {
      yield* await ask(api, batch, how)
    } catch (failure) {
      if (!(failure instanceof RollcallError) || how.signal?.aborted) throw failure
      const isFinal = stopsTheRest(failure)
      if (isFinal) broken = failure
      if (isFinal || batch.length === 1) yield* batch.map(({ id }) => outcomeOfError(id, failure))
      else
        yield* change(
          api,
          records.filter(({ id }) => batch.some((mark) => mark.id === id)),
          how,
          1,
        )
    }
  }
}

function markOf(record: RawRecord): WireMark {
  const { id, service, revision } = record
  const instance = isServed(record) && record.reading.is === 'instance' ? record.reading.instance.id : undefined
  return { id, service, ...(revision !== undefined && { revision }), ...(instance !== undefined && { instance }) }
}

async function ask(
  api: HttpApi,
  marks: readonly WireMark[],
  { kind, signal, ...how }: ServedChange,
): Promise<ServedOutcome[]> {
  const doing = DOING[kind]
  const body: ChangeRequest = { ...how, records: marks }
  const data = await api.call({ method: 'POST', path: `/records/${kind}`, body, doing, signal })
  const outcomes = new Map((Array.isArray(data) ? data : []).flatMap((each) => outcomeIn(each, doing)))
  return marks.map(({ id }) => outcomes.get(id) ?? { id, result: 'in-doubt', error: unreported(id) })
}

const DOING = { remove: 'remove records', renew: 'renew records', status: 'change the status of records' } as const
const RESULTS = ['done', 'absent', 'changed', 'unsupported', 'failed', 'in-doubt', 'not-attempted'] as const

function outcomeIn(wire: unknown, doing: string): [string, ServedOutcome][] {
  if (!isJsonObject(wire) || typeof wire['id'] !== 'string') return []
  const { id, error } = wire
  const result = RESULTS.find((each) => each === wire['result']) ?? 'failed'
  const refusal = isJsonObject(error) ? { error: refusalOfPart(error, doing) } : {}
  const before = recordIn(wire['before'])
  return [[id, { id, result, ...refusal, ...(before && { before }) }]]
}

function unreported(id: string): RollcallError {
  return new RollcallError('unreachable', `http: the server did not report what became of ${id}`)
}

/** Removes records that still are as they were seen, an outcome each. One that was never read fails. @throws the signal's reason */
export async function* remove(
  api: HttpApi,
  records: readonly RawRecord[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Outcome, void, undefined> {
  signal?.throwIfAborted()
  for (const { id } of records.filter((record) => !isSeen(record))) yield { id, result: 'failed', error: neverRead(id) }
  yield* change(api, records.filter(isSeen), { kind: 'remove', signal })
}

function isSeen({ revision }: RawRecord): boolean {
  return revision !== undefined
}
