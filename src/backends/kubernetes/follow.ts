import { setTimeout as sleep } from 'node:timers/promises'
import type { IncomingMessage } from 'node:http'
import { RollcallError } from '../../model/errors.ts'
import type { KubernetesApi } from './api.ts'
import { type Doing, brief, isAway, refusalIn } from './errors.ts'
import type { ObjectSelection } from './selection.ts'
import { pathOf, type JsonTree, textIn, treeIn } from './object.ts'

/** Milliseconds of silence after which the server is probed. */
const QUIET = 10_000
/** Milliseconds before the first and before later attempts to connect again. */
const FIRST_DELAY = 50
const LONGEST_DELAY = 5_000

/** What follows a revision, in order. */
export type Followed =
  | { readonly is: 'put' | 'removed'; readonly object: JsonTree; readonly revision: string }
  | { readonly is: 'progress'; readonly revision: string }
  | { readonly is: 'link'; readonly state: 'up' | 'down'; readonly message?: string }

/**
 * Every change of a selection after a revision once, through any number of connections.
 * @throws RollcallError `history-lost` when the server no longer has that revision, `forbidden`
 */
export async function* follow(
  api: KubernetesApi,
  selection: ObjectSelection,
  since: string,
  signal: AbortSignal,
): AsyncGenerator<Followed, void, undefined> {
  let revision = since
  let failures = 0
  while (!signal.aborted) {
    try {
      for await (const line of lines(api, selection, revision, signal)) {
        if (failures > 0) yield { is: 'link', state: 'up' }
        failures = 0
        if (line === undefined) continue
        const event = eventIn(line, api, doingOf(selection))
        revision = event.revision
        yield event
      }
    } catch (error) {
      if (signal.aborted) return
      if (!isAway(error)) throw error
      failures += 1
      if (failures === 1) yield { is: 'link', state: 'down', message: brief(error) }
      await sleep(Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures) * (0.5 + Math.random() / 2), undefined, {
        signal,
      }).catch(() => {})
    }
  }
}

const doingOf = ({ resource, namespace }: ObjectSelection): Doing => ({
  verb: 'watch',
  resource: resource.name,
  namespace,
})

const TYPES: ReadonlySet<string> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'])

type FollowedEvent = Extract<Followed, { revision: string }>

function eventIn(line: string, api: KubernetesApi, doing: Doing): FollowedEvent {
  const event = parsed(line)
  const object = treeIn(event['object'])
  if (event['type'] === 'ERROR') throw refusalIn(object, doing, api.server)
  const revision = textIn(treeIn(object['metadata'])['resourceVersion'])
  if (!TYPES.has(textIn(event['type'])) || revision === '')
    throw new RollcallError('wrong-server', `kubernetes: ${api.server.url.host} does not answer a watch with events`)
  if (event['type'] === 'BOOKMARK') return { is: 'progress', revision }
  return { is: event['type'] === 'DELETED' ? 'removed' : 'put', object, revision }
}

function parsed(line: string): JsonTree {
  try {
    return treeIn(JSON.parse(line))
  } catch (error) {
    throw new RollcallError('unreachable', 'kubernetes: an event of the watch was cut off', { cause: error })
  }
}

/** The lines of one watch, and undefined when it has begun. The server ends a watch now and then, which is not a failure. */
async function* lines(
  api: KubernetesApi,
  selection: ObjectSelection,
  revision: string,
  signal: AbortSignal,
): AsyncGenerator<string | undefined, void, undefined> {
  const { resource, namespace, labelSelector, fieldSelector } = selection
  const body = await api.stream({
    path: pathOf(resource, namespace),
    query: { watch: '1', allowWatchBookmarks: 'true', resourceVersion: revision, labelSelector, fieldSelector },
    doing: doingOf(selection),
    signal,
  })
  const probe = new SilenceProbe(api, body, signal)
  try {
    yield undefined
    let rest = ''
    body.setEncoding('utf8')
    for await (const part of body) {
      probe.heard()
      const pieces = (rest + String(part)).split('\n')
      rest = pieces.pop() ?? ''
      yield* pieces.filter(Boolean)
    }
  } catch (error) {
    if (signal.aborted || error instanceof RollcallError) throw error
    throw new RollcallError('unreachable', `kubernetes: ${api.server.url.host}: the connection is lost`, {
      cause: error,
    })
  } finally {
    probe.stop()
    body.destroy()
  }
}

/** A connection can die silently, and a server freeze: after a silence the server is probed, and the watch ended if it is away. */
class SilenceProbe {
  readonly #timer: NodeJS.Timeout
  #silent = false

  constructor(api: KubernetesApi, body: IncomingMessage, signal: AbortSignal) {
    this.#timer = setInterval(() => {
      if (this.#silent) api.text('/livez', signal).catch((error: unknown) => body.destroy(error as Error))
      this.#silent = true
    }, QUIET / 2)
  }

  heard(): void {
    this.#silent = false
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
