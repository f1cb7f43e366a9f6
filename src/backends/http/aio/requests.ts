import { RollcallError } from '../../../model/errors.ts'
import type { HttpApi, HttpApiCall } from '../api.ts'
import { segment } from '../protocol.ts'
import { type AioApiRecord, recordIn } from './record.ts'

type Signal = AbortSignal | undefined
type Result = 'done' | 'absent'

/** Registers an instance, over what has its address and env, and answers with its record. @throws RollcallError; the signal's reason */
export async function registerInstance(
  api: HttpApi,
  { id, service, body }: AioApiRecord,
  signal: Signal,
): Promise<AioApiRecord> {
  const { name, address, protocol, env, metadata, weight } = body
  const written = await api.call({
    method: 'POST',
    path: '/services',
    body: { name, address, protocol, env, metadata, weight, status: 'active' },
    doing: `register ${id}`,
    signal,
  })
  const record = recordIn(written, service)
  if (record) return record
  throw new RollcallError('wrong-server', `http: ${api.target.display}: the answer does not contain what it registered`)
}

export function removeInstance(api: HttpApi, record: AioApiRecord, signal: Signal): Promise<Result> {
  return change(api, { method: 'DELETE', path: pathOf(record), doing: `remove ${record.id}`, signal })
}

/** A renewal, which also puts an instance back into traffic. */
export function renewInstance(api: HttpApi, record: AioApiRecord, signal: Signal): Promise<Result> {
  return change(api, { path: pathOf(record, 'renew'), doing: `renew ${record.id}`, signal })
}

export function takeOffline(api: HttpApi, record: AioApiRecord, signal: Signal): Promise<Result> {
  return change(api, { path: pathOf(record, 'offline'), doing: `take ${record.id} offline`, signal })
}

/** @throws RollcallError `unsupported` where the server does not have the route: some are not in the API's document */
async function change(api: HttpApi, call: HttpApiCall): Promise<Result> {
  try {
    await api.call({ method: 'PUT', ...call })
    return 'done'
  } catch (error) {
    const code = error instanceof RollcallError ? error.code : undefined
    if (code === 'not-found') return 'absent'
    if (code !== 'wrong-server' && code !== 'unsupported') throw error
    throw new RollcallError('unsupported', `this server cannot ${call.doing}`, {
      hint: 'deregister it, and register it again later',
      cause: error,
    })
  }
}

function pathOf({ body }: AioApiRecord, ...rest: readonly string[]): string {
  return ['/services', segment(body.id), ...rest].join('/')
}
