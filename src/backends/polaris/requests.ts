import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, Code, answerOf, treesIn } from './answer.ts'
import type { Call, PolarisApi } from './api.ts'
import { refusalOf } from './errors.ts'
import { nameOf, registrationAgain } from './instance.ts'
import type { PolarisRecord } from './record.ts'

type Signal = AbortSignal | undefined

/** For one instance: of requests that come in the same moment Polaris takes one. */
const ATTEMPTS = 20

/** Polaris puts it in the place of what is there. Left out, `state` is healthy, and as isolated as what was there. */
export async function registerInstance(
  api: PolarisApi,
  { id, body }: PolarisRecord,
  signal: Signal,
  state: { readonly healthy?: boolean; readonly isolate?: boolean } = {},
): Promise<void> {
  const call: Call = {
    method: 'POST',
    path: '/v1/RegisterInstance',
    body: { ...registrationAgain(body.instance), ...state },
    doing: `register ${id}`,
    signal,
  }
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const { code } = await api.call({ ...call, accepts: [Code.existing, Code.sameRequest] })
    if (code !== Code.sameRequest) return
    await delay(attempt * 20, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
  }
  await api.call({ ...call, accepts: [Code.existing] })
}

/** Polaris calls it a success too when there is none. */
export async function deregisterInstance(api: PolarisApi, { id, body }: PolarisRecord, signal: Signal): Promise<void> {
  await api.call({
    method: 'POST',
    path: '/v1/DeregisterInstance',
    body: nameOf(body.instance),
    doing: `deregister ${id}`,
    accepts: [Code.notFound],
    signal,
  })
}

/** Polaris takes those for what is not there too, and tells only after a few. */
export async function heartbeat(api: PolarisApi, { id, body }: PolarisRecord, signal: Signal): Promise<void> {
  await api.call({
    method: 'POST',
    path: '/v1/Heartbeat',
    body: nameOf(body.instance),
    doing: `send a heartbeat for ${id}`,
    accepts: [Code.notFound, Code.heartbeatOff],
    signal,
  })
}

/** Isolates an instance, or ends that, through the console: the client API would have to register it again for it. */
export async function isolate(
  api: PolarisApi,
  { id, body }: PolarisRecord,
  isIsolated: boolean,
  signal: Signal,
): Promise<'done' | 'absent'> {
  const all = await api.call({
    method: 'PUT',
    path: '/naming/v1/instances',
    body: [{ ...nameOf(body.instance), isolate: isIsolated }],
    doing: isIsolated ? 'isolate instances' : 'end the isolation of instances',
    accepts: [Code.notFoundInstance, Code.notFound],
    signal,
  })
  const [response] = treesIn(all.body, 'responses')
  const answer: Answer = (response && answerOf(response)) ?? all
  if (Math.floor(answer.code / 1000) === 200) return 'done'
  if (answer.code === Code.notFoundInstance || answer.code === Code.notFound) return 'absent'
  throw refusalOf(answer, { doing: `change ${id}`, user: undefined, hasToken: true, timeout: 0 })
}
