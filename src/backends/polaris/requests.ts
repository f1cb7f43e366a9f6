import { setTimeout as delay } from 'node:timers/promises'
import type { RawRecord } from '../../model/record.ts'
import { Code } from './answer.ts'
import type { Call, Polaris } from './api.ts'
import { nameOf, registrationAgain } from './instance.ts'
import { instanceOf } from './record.ts'

/** For one instance: of requests that come in the same moment Polaris takes one. */
const ATTEMPTS = 20

/** Registers all or none: what was not there before goes again when one of them is refused. */
export async function registerEach(
  polaris: Polaris,
  wanted: readonly RawRecord[],
  present: readonly RawRecord[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const before = new Set(present.map(({ id }) => id))
  const made: RawRecord[] = []
  try {
    for (const record of wanted) {
      await registerOne(polaris, record, signal)
      if (!before.has(record.id)) made.push(record)
    }
  } catch (error) {
    await deregisterEach(polaris, made)
    throw error
  }
}

/** Polaris puts it in the place of what is there. Left out, `state` is healthy, and as isolated as what was there. */
export async function registerOne(
  { api }: Polaris,
  record: RawRecord,
  signal: AbortSignal | undefined,
  state: { readonly healthy?: boolean; readonly isolate?: boolean } = {},
): Promise<void> {
  const call: Call = {
    method: 'POST',
    path: '/v1/RegisterInstance',
    body: { ...registrationAgain(instanceOf(record)), ...state },
    doing: `register ${record.id}`,
    signal,
  }
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    const { code } = await api.call({ ...call, accepts: [Code.existing, Code.sameRequest] })
    if (code !== Code.sameRequest) return
    await delay(attempt * 20)
  }
  await api.call({ ...call, accepts: [Code.existing] })
}

export async function deregisterEach(
  polaris: Polaris,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): Promise<void> {
  for (const record of records) await deregisterOne(polaris, record, signal)
}

/** Polaris calls it a success too when there is none. */
export async function deregisterOne(
  { api }: Polaris,
  record: RawRecord,
  signal: AbortSignal | undefined,
): Promise<void> {
  await api.call({
    method: 'POST',
    path: '/v1/DeregisterInstance',
    body: nameOf(instanceOf(record)),
    doing: `deregister ${record.id}`,
    accepts: [Code.notFound],
    signal,
  })
}

/** Polaris takes those for what is not there too, and tells only after a few. */
export async function heartbeat({ api }: Polaris, record: RawRecord, signal: AbortSignal | undefined): Promise<void> {
  await api.call({
    method: 'POST',
    path: '/v1/Heartbeat',
    body: nameOf(instanceOf(record)),
    doing: `send a heartbeat for ${record.id}`,
    accepts: [Code.notFound, Code.heartbeatOff],
    signal,
  })
}
