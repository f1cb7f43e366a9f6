import type { RawRecord } from '../../model/record.ts'
import { Code } from './answer.ts'
import { nameOf, registrationOf } from './instance.ts'
import type { Polaris } from './polaris.ts'
import { instanceOf } from './record.ts'

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

/** Polaris puts it in the place of what is there, and keeps whether that is isolated. */
export async function registerOne({ api }: Polaris, record: RawRecord, signal: AbortSignal | undefined): Promise<void> {
  const instance = instanceOf(record)
  await api.call({
    method: 'POST',
    path: '/v1/RegisterInstance',
    body: registrationOf(instance),
    doing: `register ${record.id}`,
    accepts: [Code.existing],
    signal,
  })
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
