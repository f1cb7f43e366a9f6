import { isDeepStrictEqual } from 'node:util'
import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { notAttempted, outcomeOfError, stopsTheRest } from '../contract/outcome.ts'
import type { Api } from './api.ts'
import { markOf, type Marks } from './kratos-labels.ts'
import { type Pod, podIn } from './pod.ts'
import { readPod } from './read-pod.ts'
import { podOf } from './record.ts'
import { PODS, pathOf } from './object.ts'

type Stop = AbortSignal | undefined

const ATTEMPTS = 8

/** Undefined where there is none. */
export async function readPodAt(api: Api, namespace: string, name: string, signal: Stop): Promise<Pod | undefined> {
  const doing = { verb: 'get', resource: PODS.name, namespace, name } as const
  const found = await api.ask({ path: pathOf(PODS, namespace, name), doing, signal })
  return found === undefined ? undefined : podIn(found)
}

/** Marks a Pod that is still as it was seen. */
export async function mark(api: Api, pod: Pod, marks: Marks, signal: Stop): Promise<Pod | 'changed' | 'absent'> {
  const { namespace, name, resourceVersion, uid } = pod.metadata
  const answer = await api.patch({
    path: pathOf(PODS, namespace, name),
    patch: { metadata: { uid, resourceVersion, ...marks } },
    doing: { verb: 'patch', resource: PODS.name, namespace, name },
    signal,
  })
  return typeof answer === 'string' ? answer : podIn(answer.object)
}

/**
 * Marks each Pod of these records as `marksOf` says, an outcome each; what is refused does not stop the others, and what is
 * left when the API server no longer answers is not attempted.
 */
export async function* markEach(
  api: Api,
  records: readonly RawRecord[],
  marksOf: (pod: Pod) => Marks | RollcallError,
  signal: Stop,
): AsyncGenerator<Outcome> {
  const distinct = new Map(records.map((record) => [record.id, record]))
  let broken: RollcallError | undefined
  for (const record of distinct.values()) {
    signal?.throwIfAborted()
    const outcome = broken ? notAttempted(record.id, broken) : await outcomeOf(api, record, marksOf, signal)
    if (outcome.error instanceof RollcallError && stopsTheRest(outcome.error)) broken = outcome.error
    yield outcome
  }
}

async function outcomeOf(
  api: Api,
  record: RawRecord,
  marksOf: (pod: Pod) => Marks | RollcallError,
  signal: Stop,
): Promise<Outcome> {
  const { id } = record
  const pod = podOf(record)
  if (!pod) return { id, result: 'unsupported', error: ofAController(id) }
  if (record.revision === undefined) return { id, result: 'failed', error: unseen(id) }
  const marks = marksOf(pod)
  if (marks instanceof RollcallError) return { id, result: 'unsupported', error: marks }
  try {
    return { id, result: await markAsSeen(api, pod, marks, signal) }
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof RollcallError) return outcomeOfError(id, error)
    throw error
  }
}

/** What the node writes of a Pod meanwhile is no change of what was seen, as long as it reads the same. */
async function markAsSeen(api: Api, seen: Pod, marks: Marks, signal: Stop): Promise<Outcome['result']> {
  let pod = seen
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const done = await mark(api, pod, marks, signal)
    if (typeof done !== 'string') return 'done'
    const { namespace, name, uid } = seen.metadata
    const now = done === 'absent' ? undefined : await readPodAt(api, namespace, name, signal)
    if (!now || now.metadata.uid !== uid || isUnmarked(now)) return 'absent'
    if (!isDeepStrictEqual(readPod(now), readPod(seen))) return 'changed'
    pod = now
  }
  return 'changed'
}

function isUnmarked(pod: Pod): boolean {
  const { service, id } = markOf(pod)
  return service === '' && id === ''
}

function ofAController(id: string): RollcallError {
  return new RollcallError('unsupported', `${id} is written by Kubernetes itself, from a Service and its Pods`, {
    hint: "change the Pod: its readiness, or the label that the Service's selector asks for",
  })
}

function unseen(id: string): RollcallError {
  return new RollcallError('usage', `${id} has no revision to compare, so it was never read`, {
    hint: 'read it first, and change what was read',
  })
}
