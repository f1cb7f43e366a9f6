import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { type Answer, Code, type Tree, answerOf, treesIn } from './answer.ts'
import { refusalOf } from './errors.ts'
import { nameOf } from './instance.ts'
import type { Polaris } from './api.ts'
import { instanceOf } from './record.ts'
import { done } from './remove.ts'
import { asSeen } from './seen.ts'
import { settled } from './settle.ts'

/** Instances in one request of the console's. */
const BATCH = 100

/** Isolates instances, or ends that, through the console: the client API would have to register them again for it. */
export async function setStatus(
  polaris: Polaris,
  records: readonly RawRecord[],
  status: Status,
  signal: AbortSignal | undefined,
): Promise<Outcome[]> {
  if (status !== 'down' && status !== 'up') return records.map(({ id }) => noSuchStatus(id, status))
  const isolate = status === 'down'
  const { unchanged, outcomes } = await asSeen(polaris, records, signal)
  const changed: Outcome[] = []
  for (let at = 0; at < unchanged.length; at += BATCH)
    changed.push(...(await isolateAll(polaris, unchanged.slice(at, at + BATCH), isolate, signal)))
  await settled(polaris, done(unchanged, changed), (now) => !now || instanceOf(now).isolate === isolate)
  return [...outcomes, ...changed]
}

async function isolateAll(
  { api }: Polaris,
  records: readonly RawRecord[],
  isolate: boolean,
  signal: AbortSignal | undefined,
): Promise<Outcome[]> {
  const doing = isolate ? 'isolate instances' : 'end the isolation of instances'
  const answer = await api.call({
    method: 'PUT',
    path: '/naming/v1/instances',
    body: records.map((record) => ({ ...nameOf(instanceOf(record)), isolate })),
    doing,
    accepts: [Code.notFoundInstance, Code.notFound],
    signal,
  })
  const responses = treesIn(answer.body, 'responses')
  return records.map(({ id }, at) => outcomeOf(id, responses[at], answer))
}

function outcomeOf(id: string, response: Tree | undefined, all: Answer): Outcome {
  const answer = (response && answerOf(response)) ?? all
  if (Math.floor(answer.code / 1000) === 200) return { id, result: 'done' }
  if (answer.code === Code.notFoundInstance || answer.code === Code.notFound) return { id, result: 'absent' }
  const circumstances = { doing: `change ${id}`, user: undefined, hasToken: true, timeout: 0 }
  return { id, result: 'failed', error: refusalOf(answer, circumstances) }
}

function noSuchStatus(id: string, status: Status): Outcome {
  const error = new RollcallError('unsupported', `${id} cannot be set to ${status}: Polaris knows isolated or not`, {
    hint: 'take it offline, or online',
  })
  return { id, result: 'unsupported', error }
}
