import { setTimeout as sleep } from 'node:timers/promises'
import type { RecordChange, Scope, WatchMessage, WatchOptions } from '../contract/backend.ts'
import { joined } from '../contract/join.ts'
import { brief, isAway, isGone } from './errors.ts'
import { type Followed, follow } from './follow.ts'
import type { Resource } from './object.ts'
import type { PodIndex } from './pod-index.ts'
import { PODS, podIn } from './pod.ts'
import { type ClusterRevision, type ClusterSnapshot, formatRevision, readSnapshot } from './scan.ts'
import { type ClusterView, isInScope, selectionOf } from './selection.ts'
import { SLICES, sliceIn } from './slice.ts'

/** Milliseconds before an API server that is away is read again. */
const AGAIN = 1_000

/** Changes of records after a revision. The snapshot as of it is read first: an event alone does not show what it hides. */
export async function* watch(
  view: ClusterView,
  scope: Scope,
  { since, signal }: WatchOptions,
): AsyncGenerator<WatchMessage> {
  try {
    const snapshot = yield* firstSnapshot(view, scope, since, signal)
    if (!snapshot) return
    if (since === undefined) yield { is: 'progress', revision: formatRevision(snapshot.revision) }
    yield* messages(view, scope, snapshot, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** @throws RollcallError `history-lost` */
async function* firstSnapshot(
  view: ClusterView,
  scope: Scope,
  asOf: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<WatchMessage, ClusterSnapshot | undefined> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      const snapshot = await readSnapshot(view, scope, { asOf, signal })
      if (failures > 0) yield { is: 'link', state: 'up' }
      return snapshot
    } catch (error) {
      if (!isAway(error)) throw error
      if (failures === 0) yield { is: 'link', state: 'down', message: brief(error) }
      await sleep(AGAIN, undefined, { signal })
    }
  }
  return undefined
}

async function* messages(
  view: ClusterView,
  scope: Scope,
  { index, revision }: ClusterSnapshot,
  signal: AbortSignal,
): AsyncGenerator<WatchMessage> {
  const isOurs = isInScope(scope)
  const link = new JoinedLink()
  const at: { -readonly [Name in keyof ClusterRevision]: ClusterRevision[Name] } = { ...revision }
  try {
    for await (const { resource, followed } of joined(streamsOf(view, scope, revision), signal)) {
      if (followed.is === 'link') {
        yield* link.messages(resource, followed)
        continue
      }
      at[resource.name] = followed.revision
      const changes = followed.is === 'progress' ? [] : changesOf(index, resource, followed).filter(inScope(isOurs))
      if (changes.length > 0) yield { is: 'changes', revision: formatRevision(at), changes }
      else yield { is: 'progress', revision: formatRevision(at) }
    }
  } catch (error) {
    // A server that answers that it has lost the history is reachable again.
    if (isGone(error) && link.isDown) yield { is: 'link', state: 'up' }
    throw error
  }
}

interface FollowedOf {
  readonly resource: Resource
  readonly followed: Followed
}

function streamsOf(
  view: ClusterView,
  scope: Scope,
  revision: ClusterRevision,
): ((signal: AbortSignal) => AsyncIterable<FollowedOf>)[] {
  return [PODS, SLICES].flatMap((resource) => {
    const selection = selectionOf(view, resource, scope)
    const since = revision[resource.name]
    if (!selection || since === undefined) return []
    return async function* (signal: AbortSignal) {
      for await (const followed of follow(view.api, selection, since, signal)) yield { resource, followed }
    }
  })
}

function changesOf(
  index: PodIndex,
  resource: Resource,
  { is, object }: Extract<Followed, { object: unknown }>,
): RecordChange[] {
  if (resource === PODS) return is === 'put' ? index.putPod(object) : index.removePod(podIn(object))
  return is === 'put' ? index.putSlice(sliceIn(object)) : index.removeSlice(sliceIn(object))
}

function inScope(isOurs: ReturnType<typeof isInScope>): (change: RecordChange) => boolean {
  return (change) => isOurs('put' in change ? change.put : change.removed)
}

/** The connections of both watches as one: down when one is, up when both are. */
class JoinedLink {
  readonly #down = new Set<Resource>()

  get isDown(): boolean {
    return this.#down.size > 0
  }

  messages(resource: Resource, link: Extract<Followed, { is: 'link' }>): WatchMessage[] {
    const wasDown = this.isDown
    if (link.state === 'down') this.#down.add(resource)
    else this.#down.delete(resource)
    return wasDown === this.isDown ? [] : [link]
  }
}
