import { isDeepStrictEqual } from 'node:util'
import { RollcallError } from '../../model/errors.ts'
import type { KubernetesApi } from './api.ts'
import { CLEARED, type MarkPatch, hasMark, isMarkedLike, markOf, patchTo } from './kratos-labels.ts'
import { pathOf } from './object.ts'
import { PODS, type PodMetadata } from './pod.ts'
import { readPod } from './read-pod.ts'
import { type PodRecord, podRecord } from './record.ts'

type Signal = AbortSignal | undefined
type PodName = Pick<PodMetadata, 'namespace' | 'name'>

/** How often a Pod's node may write its status between reading and writing. */
const ATTEMPTS = 8

/** Undefined where there is no such Pod. */
export async function getPod(
  api: KubernetesApi,
  { namespace, name }: PodName,
  signal: Signal,
): Promise<PodRecord | undefined> {
  const doing = { verb: 'get', resource: PODS.name, namespace, name } as const
  const found = await api.ask({ path: pathOf(PODS, namespace, name), doing, signal })
  return found === undefined ? undefined : podRecord(found)
}

/** The Pod with these labels and annotations; `changed` where it no longer has the record's revision. */
export async function patchPod(
  api: KubernetesApi,
  { body, revision = '' }: PodRecord,
  patch: MarkPatch,
  signal: Signal,
): Promise<PodRecord | 'changed' | 'absent'> {
  const { namespace, name, uid } = body.metadata
  const answer = await api.patch({
    path: pathOf(PODS, namespace, name),
    patch: { metadata: { uid, resourceVersion: revision, ...patch } },
    doing: { verb: 'patch', resource: PODS.name, namespace, name },
    signal,
  })
  return typeof answer === 'string' ? answer : podRecord(answer.object)
}

/** As `patchPod`. A new revision alone is not a change: a Pod's node writes its status all the time. The Pod must read the same. */
export async function patchAsSeen(
  api: KubernetesApi,
  seen: PodRecord,
  patch: MarkPatch,
  signal: Signal,
): Promise<PodRecord | 'changed' | 'absent'> {
  let pod = seen
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const done = await patchPod(api, pod, patch, signal)
    if (typeof done !== 'string') return done
    const now = done === 'absent' ? undefined : await getPod(api, seen.body.metadata, signal)
    if (now?.body.metadata.uid !== seen.body.metadata.uid) return 'absent'
    if (hasMark(seen.body) && !hasMark(now.body)) return 'absent'
    if (!isDeepStrictEqual(readPod(now.body), readPod(seen.body))) return 'changed'
    pod = now
  }
  return 'changed'
}

/**
 * Empties what Kratos wrote on a Pod, as Kratos does; the Pod itself stays. A record without a revision may never
 * have been written: then the Pod is emptied only if it has the record's marks.
 */
export async function clearPod(
  api: KubernetesApi,
  record: PodRecord,
  signal: Signal,
): Promise<'done' | 'changed' | 'absent'> {
  const seen = record.revision === undefined ? await getPod(api, record.body.metadata, signal) : record
  if (!seen || (seen !== record && !isMarkedLike(seen.body, record.body))) return 'absent'
  const done = await patchAsSeen(api, seen, CLEARED, signal)
  return typeof done === 'string' ? done : 'done'
}

/** Marks an unmarked Pod as a wanted record says; `changed` where it is gone, or marked since it was looked at. */
export async function markPod(api: KubernetesApi, wanted: PodRecord, signal: Signal): Promise<PodRecord | 'changed'> {
  const there = await getPod(api, wanted.body.metadata, signal)
  if (!there || markOf(there.body).service !== '') return 'changed'
  const done = await patchPod(api, there, patchTo(wanted.body), signal)
  return done === 'absent' ? 'changed' : done
}

/**
 * Marks the very Pod of a backup again, if it is unmarked. @throws RollcallError `not-found` where it is gone, even if
 * another has its name
 */
export async function restorePod(
  api: KubernetesApi,
  { body }: PodRecord,
  signal: Signal,
): Promise<PodRecord | 'changed'> {
  const { namespace, name, uid } = body.metadata
  const there = await getPod(api, { namespace, name }, signal)
  if (there?.body.metadata.uid !== uid) throw isGone(namespace, name)
  if (hasMark(there.body)) return 'changed'
  const done = await patchAsSeen(api, there, patchTo(body), signal)
  if (done === 'absent') throw isGone(namespace, name)
  return done
}

function isGone(namespace: string, name: string): RollcallError {
  return new RollcallError('not-found', `the Pod ${namespace}/${name} of the backup is gone`, {
    hint: 'nothing has to be restored: the Pod that took its place registers itself',
  })
}
