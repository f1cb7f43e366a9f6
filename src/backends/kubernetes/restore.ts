import { RollcallError } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import type { RestoreRecord } from '../contract/backend.ts'
import { notAttempted, outcomeOfError, stopsTheRest } from '../contract/outcome.ts'
import type { Api } from './api.ts'
import { markOf } from './kratos-labels.ts'
import { ANNOTATIONS, LABELS, type Pod } from './pod.ts'
import { podOf } from './record.ts'
import { mark, readPodAt } from './write.ts'

/** Marks Pods again as they were, where they are still there and have no mark. */
export async function* restore(
  api: Api,
  records: readonly RestoreRecord[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Outcome> {
  let broken: RollcallError | undefined
  for (const record of records) {
    signal?.throwIfAborted()
    const outcome = broken ? notAttempted(record.id, broken) : await restoreOne(api, record, signal)
    if (outcome.error instanceof RollcallError && stopsTheRest(outcome.error)) broken = outcome.error
    yield outcome
  }
}

async function restoreOne(api: Api, record: RestoreRecord, signal: AbortSignal | undefined): Promise<Outcome> {
  const { id } = record
  const then = podOf(record)
  if (!then) return { id, result: 'unsupported', error: notOurs(id) }
  const { namespace, name, uid } = then.metadata
  try {
    const pod = await readPodAt(api, namespace, name, signal)
    if (!pod || pod.metadata.uid !== uid) return { id, result: 'failed', error: isGone(namespace, name) }
    if (isMarked(pod)) return { id, result: 'changed' }
    const done = await mark(api, pod, marksOf(then), signal)
    return { id, result: typeof done === 'string' ? done : 'done' }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof RollcallError) return outcomeOfError(id, error)
    throw error
  }
}

function isMarked(pod: Pod): boolean {
  return markOf(pod).service !== '' || markOf(pod).id !== ''
}

function marksOf({ metadata: { labels, annotations } }: Pod) {
  return {
    labels: Object.fromEntries(Object.values(LABELS).map((name) => [name, labels[name] ?? ''])),
    annotations: Object.fromEntries(Object.values(ANNOTATIONS).map((name) => [name, annotations[name] ?? null])),
  }
}

function notOurs(id: string): RollcallError {
  return new RollcallError('unsupported', `${id} is no Pod, and only the marks of Pods can be put back`)
}

function isGone(namespace: string, name: string): RollcallError {
  return new RollcallError('not-found', `the Pod ${namespace}/${name} of then is gone`, {
    hint: 'nothing has to be put back: the Pod that took its place registers itself',
  })
}
