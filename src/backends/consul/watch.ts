import { setTimeout as delay } from 'node:timers/promises'
import { RollcallError } from '../../model/errors.ts'
import { anyOf } from '../../model/signals.ts'
import { Arrivals } from '../contract/arrivals.ts'
import type { Scope, WatchMessage, WatchOptions } from '../contract/backend.ts'
import type { ConsulContext } from './context.ts'
import { WatchedScope } from './view.ts'

const FIRST_DELAY = 100
const LONGEST_DELAY = 5_000

type Feed = WatchedScope['feeds'][number]

/**
 * The state of each service that changes. The first message says that all is known: what follows is requested after that
 * message was taken, so it is never older than what the caller has read in the meantime. @throws RollcallError what does not
 * pass by itself, such as a token that is unknown or revoked
 */
export async function* watch(
  consul: ConsulContext,
  scope: Scope,
  { signal }: WatchOptions,
): AsyncGenerator<WatchMessage, void, undefined> {
  const stop = new AbortController()
  const both = anyOf(signal, stop.signal)
  try {
    const view = await begin(consul, scope, both)
    if (!view) return
    yield { is: 'progress' }
    yield* follow(view, both)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    stop.abort()
  }
}

/** Reads everything once, as often as it takes while no agent answers. Undefined once the signal is aborted. */
async function begin(consul: ConsulContext, scope: Scope, signal: AbortSignal): Promise<WatchedScope | undefined> {
  const line = new Line()
  while (!signal.aborted) {
    try {
      const view = await WatchedScope.of(consul, scope, signal)
      // Names, once known, add feeds.
      for (let at = 0; at < view.feeds.length; at += 1) await view.feeds[at]?.next(signal)
      return view
    } catch (error) {
      if (!willPass(error)) throw error
      await line.wait(signal)
    }
  }
  return undefined
}

async function* follow(view: WatchedScope, signal: AbortSignal): AsyncGenerator<WatchMessage, void, undefined> {
  const line = new Line()
  const asked = new Set<Feed>()
  const arrivals = new Arrivals<News>()
  while (!signal.aborted) {
    for (const feed of view.feeds) {
      if (asked.has(feed)) continue
      asked.add(feed)
      arrivals.add(newsOf(feed, signal))
    }
    const { feed, changed, error } = await arrivals.next()
    asked.delete(feed)
    if (error === undefined) {
      yield* line.up()
      for (const service of changed) yield { is: 'state', service, records: view.records(service) }
    } else {
      if (signal.aborted) return
      if (!willPass(error)) throw error
      yield* line.down(error)
      await line.wait(signal)
    }
  }
}

interface News {
  readonly feed: Feed
  readonly changed: ReadonlySet<string>
  readonly error?: unknown
}

/** Never rejects: it may fail before it is awaited. */
async function newsOf(feed: Feed, signal: AbortSignal): Promise<News> {
  try {
    return { feed, changed: await feed.next(signal) }
  } catch (error) {
    return { feed, changed: new Set(), error }
  }
}

function willPass(error: unknown): error is RollcallError {
  return error instanceof RollcallError && (error.code === 'unreachable' || error.code === 'timeout')
}

/** Whether there is a connection, as last reported, and how long to wait before the next attempt. */
class Line {
  #isUp = true
  #delay = FIRST_DELAY

  up(): WatchMessage[] {
    this.#delay = FIRST_DELAY
    const wasUp = this.#isUp
    this.#isUp = true
    return wasUp ? [] : [{ is: 'link', state: 'up' }]
  }

  down({ message }: RollcallError): WatchMessage[] {
    const wasUp = this.#isUp
    this.#isUp = false
    return wasUp ? [{ is: 'link', state: 'down', message }] : []
  }

  /** Longer each time; returns at once when aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    const time = this.#delay
    this.#delay = Math.min(time * 2, LONGEST_DELAY)
    await delay(time, undefined, { signal }).catch(() => {})
  }
}
