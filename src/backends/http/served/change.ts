import { RollcallError } from '../../../model/errors.ts'
import type { Outcome, RawRecord } from '../../../model/record.ts'
import { notAttempted, outcomeOfError, stopsTheRest } from '../../contract/outcome.ts'
import type { Api } from '../api.ts'
import { isTree } from '../protocol.ts'
import { refusalOf } from '../errors.ts'
import type { ChangeRequest, WireMark } from '../wire.ts'
import { type ServedRecord, isServed, recordIn } from './record.ts'
import { told } from './scan.ts'

/** What a server takes in one request. */
const BATCH = 100

export interface Change extends Omit<ChangeRequest, 'records'> {
  readonly kind: 'remove' | 'renew' | 'status'
  readonly signal?: AbortSignal | undefined
}

/** What became of a record, and how it was before. */
export interface ServedOutcome extends Outcome {
  readonly before?: ServedRecord
}

/**
 * Changes records, each as it was seen, an outcome each. One that is refused fails alone; when the server no longer
 * answers, what it had been sent is in doubt, and what is left is not attempted.
 */
export async function* change(
  api: Api,
  records: readonly RawRecord[],
  how: Change,
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

async function ask(api: Api, marks: readonly WireMark[], { kind, signal, ...how }: Change): Promise<ServedOutcome[]> {
  const doing = DOING[kind]
  const body: ChangeRequest = { ...how, records: marks }
  const data = await api.call({ method: 'POST', path: `/records/${kind}`, body, doing, signal })
  const outcomes = new Map((Array.isArray(data) ? data : []).flatMap((each) => outcomeIn(each, doing)))
  return marks.map(({ id }) => outcomes.get(id) ?? { id, result: 'in-doubt', error: untold(id) })
}

const DOING = { remove: 'remove records', renew: 'renew records', status: 'change the status of records' } as const
const RESULTS = ['done', 'absent', 'changed', 'unsupported', 'failed', 'in-doubt', 'not-attempted'] as const

function outcomeIn(wire: unknown, doing: string): [string, ServedOutcome][] {
  if (!isTree(wire) || typeof wire['id'] !== 'string') return []
  const { id, error } = wire
  const result = RESULTS.find((each) => each === wire['result']) ?? 'failed'
  const refusal = isTree(error) ? { error: refusalOf(told(error), { doing, hasToken: true }) } : {}
  const before = recordIn(wire['before'])
  return [[id, { id, result, ...refusal, ...(before && { before }) }]]
}

function untold(id: string): RollcallError {
  return new RollcallError('unreachable', `http: the server does not tell what became of ${id}`)
}

/** What was never read is not removed: nothing says what is meant. */
export async function* remove(
  api: Api,
  records: readonly RawRecord[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Outcome, void, undefined> {
  signal?.throwIfAborted()
  for (const { id } of records.filter((record) => !isSeen(record))) {
    const error = new RollcallError('usage', `${id} was never read: nothing says what is meant`)
    yield { id, result: 'failed', error }
  }
  yield* change(api, records.filter(isSeen), { kind: 'remove', signal })
}

function isSeen({ revision }: RawRecord): boolean {
  return revision !== undefined
}
