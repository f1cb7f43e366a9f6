import { RollcallError } from '../../../model/errors.ts'
import type { InstanceInit } from '../../../model/instance.ts'
import type { Registration, WriteOptions } from '../../contract/backend.ts'
import { isTree } from '../envelope.ts'
import type { RegisterRequest } from '../wire.ts'
import { encode } from './encode.ts'
import { recordsIn } from './record.ts'
import { ServedRegistration } from './registration.ts'
import type { Served } from './served.ts'

/** Registers through the server, under the id that was given. */
export async function register(served: Served, instance: InstanceInit, options: WriteOptions): Promise<Registration> {
  encode(served, instance, options)
  checkTtl(options)
  const { ttl, weight, env, replace, keepAlive, signal } = options
  const doing = `register ${instance.name}/${instance.id}`
  const body: RegisterRequest = { instance, ttl, weight, env, replace, keepAlive }
  try {
    const answer = await served.api.call({ method: 'POST', path: '/records', body, doing, signal })
    return registrationIn(served, answer)
  } catch (error) {
    if (!(error instanceof RollcallError) || error.code !== 'conflict') throw error
    const hint = 'give this one another id, or take its place with --replace'
    throw new RollcallError(error.code, error.message, { hint, cause: error.cause })
  }
}

/** What JSON cannot say. */
function checkTtl({ ttl }: WriteOptions): void {
  if (ttl === undefined || ttl === null || Number.isFinite(ttl)) return
  throw new RollcallError('usage', `a TTL of ${ttl}s is none`, { hint: 'use whole seconds' })
}

const ACTIONS = ['created', 'renewed', 'replaced', 'unchanged'] as const

function registrationIn(served: Served, answer: unknown): Registration {
  const data = isTree(answer) ? answer : {}
  const action = ACTIONS.find((each) => each === data['action'])
  if (!action)
    throw new RollcallError('wrong-server', `http: ${served.api.target.display}: does not tell what it registered`)
  const { expiresAt, unhealthyAt, beatEvery } = data
  return new ServedRegistration(served, action, recordsIn(data['records']), {
    ...(typeof expiresAt === 'number' && { expiresAt }),
    ...(typeof unhealthyAt === 'number' && { unhealthyAt }),
    ...(typeof beatEvery === 'number' && { beatEvery }),
  })
}
