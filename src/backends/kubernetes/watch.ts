import { setTimeout as sleep } from 'node:timers/promises'
import { joined } from '../contract/join.ts'
import type { RecordChange, Scope, WatchMessage, WatchOptions } from '../contract/backend.ts'
import { brief, isAway, isGone } from './errors.ts'
import { type Followed, follow } from './follow.ts'
import type { Holdings } from './pod-index.ts'
import { podIn } from './pod.ts'
import { PODS, type Resource, SLICES } from './object.ts'
import { type Revision, formatRevision } from './scan.ts'
import { sliceIn } from './slice.ts'
import { type Sight, type View, isInScope, look, selectionOf } from './view.ts'

const AGAIN = 1_000

/** Changes of records after a revision. The picture at that revision is read first: what an event hides is in it. */
export async function* watch(view: View, scope: Scope, { since, signal }: WatchOptions): AsyncGenerator<WatchMessage> {
  try {
    const sight = yield* firstLook(view, scope, since, signal)
    if (!sight) return
    if (since === undefined) yield { is: 'progress', revision: formatRevision(sight.revision) }
    yield* messages(view, scope, sight, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** @throws RollcallError `history-lost` */
async function* firstLook(
  view: View,
  scope: Scope,
  asOf: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<WatchMessage, Sight | undefined> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      const sight = await look(view, scope, { asOf, signal })
      if (failures > 0) yield { is: 'link', state: 'up' }
      return sight
    } catch (error) {
      if (!isAway(error)) throw error
      if (failures === 0) yield { is: 'link', state: 'down', message: brief(error) }
      await sleep(AGAIN, undefined, { signal })
    }
  }
  return undefined
}

async function* messages(
  view: View,
  scope: Scope,
  { holdings, revision }: Sight,
  signal: AbortSignal,
): AsyncGenerator<WatchMessage> {
  const isOurs = isInScope(scope)
  const line = new Line()
  const at: { -readonly [Name in keyof Revision]: Revision[Name] } = { ...revision }
  try {
    for await (const { resource, told } of joined(streamsOf(view, scope, revision), signal)) {
      if (told.is === 'link') {
        yield* line.tell(resource, told)
        continue
      }
      at[resource.name] = told.revision
      const changes = told.is === 'progress' ? [] : changesOf(holdings, resource, told).filter(inScope(isOurs))
      if (changes.length > 0) yield { is: 'changes', revision: formatRevision(at), changes }
      else yield { is: 'progress', revision: formatRevision(at) }
    }
  } catch (error) {
    // Whoever says that he has forgotten is there again.
    if (isGone(error) && line.isDown) yield { is: 'link', state: 'up' }
    throw error
  }
}

interface ToldOf {
  readonly resource: Resource
  readonly told: Followed
}

function streamsOf(view: View, scope: Scope, revision: Revision): ((signal: AbortSignal) => AsyncIterable<ToldOf>)[] {
  return [PODS, SLICES].flatMap((resource) => {
    const selection = selectionOf(view, resource, scope)
    const since = revision[resource.name]
    if (!selection || since === undefined) return []
    return async function* (signal: AbortSignal) {
      for await (const told of follow(view.api, selection, since, signal)) yield { resource, told }
    }
  })
}

function changesOf(
  holdings: Holdings,
  resource: Resource,
  { is, object }: Extract<Followed, { object: unknown }>,
): RecordChange[] {
  if (resource === PODS) return is === 'put' ? holdings.putPod(podIn(object)) : holdings.removePod(podIn(object))
  return is === 'put' ? holdings.putSlice(sliceIn(object)) : holdings.removeSlice(sliceIn(object))
}

function inScope(isOurs: ReturnType<typeof isInScope>): (change: RecordChange) => boolean {
  return (change) => isOurs('put' in change ? change.put : change.removed)
}

/** Two connections as one: down when one is, up when both are. */
class Line {
  readonly #down = new Set<Resource>()

  get isDown(): boolean {
    return this.#down.size > 0
  }

  tell(resource: Resource, told: Extract<Followed, { is: 'link' }>): WatchMessage[] {
    const wasDown = this.isDown
    if (told.state === 'down') this.#down.add(resource)
    else this.#down.delete(resource)
    return wasDown === this.isDown ? [] : [told]
  }
}
