import { RollcallError } from '../../../model/errors.ts'
import type { Outcome, RawRecord } from '../../../model/record.ts'
import type { Status } from '../../../model/status.ts'
import { outcomeOfError } from '../../contract/outcome.ts'
import { type Api, type ApiCall, part } from '../api.ts'
import { idOf, recordIn } from './instance.ts'
import { scan, unlessMissing } from './scan.ts'

/** Instances changed at the same time. */
const ABREAST = 16

type Act = (record: RawRecord) => Promise<Outcome>

/** What is there of the id, exactly: where the server answers what has the id as a part of its own, the service is listed. */
export async function current(api: Api, record: RawRecord, signal?: AbortSignal): Promise<RawRecord | undefined> {
  const path = `/services/${part(idOf(record))}`
  const now = recordIn(await unlessMissing(() => api.call({ path, doing: `read ${record.id}`, signal })))
  if (now?.id === record.id || now === undefined) return now
  for await (const page of scan(api, { services: [record.service] }, { signal })) {
    const found = page.records.find(({ id }) => id === record.id)
    if (found) return found
  }
  return undefined
}

/** One heartbeat for each instance, as it was seen. */
export function renew(api: Api, records: readonly RawRecord[], signal?: AbortSignal): Promise<Outcome[]> {
  return asSeen(api, records, signal, (record) =>
    put(api, { path: pathOf(record, 'renew'), doing: `renew ${record.id}`, signal }, record),
  )
}

/** Out of traffic, or back, which in this API is a heartbeat. */
export async function setStatus(
  api: Api,
  records: readonly RawRecord[],
  status: Status,
  signal?: AbortSignal,
): Promise<Outcome[]> {
  if (status === 'up') return await renew(api, records, signal)
  if (status !== 'down') return records.map(({ id }) => unsupported(id, `the API cannot set the status "${status}"`))
  return await asSeen(api, records, signal, (record) =>
    put(api, { path: pathOf(record, 'offline'), doing: `take ${record.id} offline`, signal }, record),
  )
}

/** Removes what is still as it was seen, unless the server could take another for it. */
export async function* remove(
  api: Api,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): AsyncGenerator<Outcome, void, undefined> {
  signal?.throwIfAborted()
  for (const { id } of records.filter(({ revision }) => revision === undefined)) {
    const error = new RollcallError('usage', `${id} was never read: nothing says what is meant`)
    yield { id, result: 'failed', error }
  }
  const seen = records.filter(({ revision }) => revision !== undefined)
  const alike = await alikeIds(api, seen, signal)
  const safe = seen.filter(({ id }) => !alike.has(id))
  for (const { id } of seen) {
    const other = alike.get(id)
    if (other !== undefined) yield { id, result: 'failed', error: ambiguous(id, other) }
  }
  yield* await asSeen(api, safe, signal, (record) => {
    const call = { method: 'DELETE', path: pathOf(record), doing: `remove ${record.id}`, signal } as const
    return put(api, call, record)
  })
}

/**
 * AIO's own server removes the first instance whose key has the id anywhere in it, so one whose id is part of another's
 * key is left alone. The other, by the id of the record.
 */
async function alikeIds(
  api: Api,
  records: readonly RawRecord[],
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string>> {
  const alike = new Map<string, string>()
  if (records.length === 0) return alike
  for await (const page of scan(api, {}, { signal }))
    for (const other of page.records)
      for (const record of records)
        if (other.id !== record.id && other.id.includes(idOf(record))) alike.set(record.id, other.id)
  return alike
}

function ambiguous(id: string, other: string): RollcallError {
  return new RollcallError(
    'refused',
    `${id} cannot be removed here: its id is part of ${other}, which the server may take for it`,
    {
      hint: 'remove it in the registry behind the server',
    },
  )
}

/** The API compares nothing, so each is read again just before it is changed. */
async function asSeen(
  api: Api,
  records: readonly RawRecord[],
  signal: AbortSignal | undefined,
  act: Act,
): Promise<Outcome[]> {
  const distinct = [...new Map(records.map((record) => [record.id, record])).values()]
  const outcomes: Outcome[] = []
  for (let at = 0; at < distinct.length; at += ABREAST) {
    signal?.throwIfAborted()
    const abreast = distinct.slice(at, at + ABREAST).map((record) => one(api, record, signal, act))
    outcomes.push(...(await Promise.all(abreast)))
  }
  return outcomes
}

async function one(api: Api, record: RawRecord, signal: AbortSignal | undefined, act: Act): Promise<Outcome> {
  const { id, revision } = record
  try {
    const now = await current(api, record, signal)
    if (!now) return { id, result: 'absent' }
    return revision !== undefined && now.revision !== revision ? { id, result: 'changed' } : await act(record)
  } catch (error) {
    if (signal?.aborted || !(error instanceof RollcallError)) throw error
    return outcomeOfError(id, error)
  }
}

async function put(api: Api, call: ApiCall, { id }: RawRecord): Promise<Outcome> {
  try {
    await api.call({ method: 'PUT', ...call })
    return { id, result: 'done' }
  } catch (error) {
    const code = error instanceof RollcallError ? error.code : undefined
    if (code === 'not-found') return { id, result: 'absent' }
    // A part of the API that is not in its document, and not in every server.
    if (code === 'wrong-server' || code === 'unsupported') return unsupported(id, `this server cannot ${call.doing}`)
    throw error
  }
}

function pathOf(record: RawRecord, ...rest: readonly string[]): string {
  return ['/services', part(idOf(record)), ...rest].join('/')
}

function unsupported(id: string, message: string): Outcome {
  const error = new RollcallError('unsupported', `${id}: ${message}`, {
    hint: 'deregister it, and register it again later',
  })
  return { id, result: 'unsupported', error }
}
