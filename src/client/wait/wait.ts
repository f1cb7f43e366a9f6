import { option } from '../../model/wording.ts'
import type { WatchEvent } from '../../model/change.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry, MalformedEntry } from '../../model/reading.ts'
import { LONGEST, anyOf } from '../../model/signals.ts'
import { type BackOff, backOff, pause } from '../../model/back-off.ts'
import { isAway } from '../../backends/contract/outcome.ts'
import type { Client } from '../client.ts'
import { ServiceFeed } from '../watch/service-feed.ts'
import { type WaitCondition, isAbout } from './condition.ts'
import { type WaitState, failingBy, isUncertain, stateOf } from './state.ts'

const DELAY: BackOff = { first: 100, most: 2_000 }
/** Malformed records that are kept to be named: any one ends the wait. */
const KEPT = 20

/** How long is waited, and who hears of it. */
export interface WaitOptions {
  /** Milliseconds; 0 looks once. */
  readonly timeout: number
  /** Ends the wait by its reason. */
  readonly signal?: AbortSignal
  /** Each state that is not the one waited for. */
  readonly onState?: (state: WaitState) => void
  /** The registry became unreachable, with the reason, or is back (undefined). It is asked again until the time is up. */
  readonly onLink?: (away: string | undefined) => void
}

/**
 * Waits by watching; resolves with the first state that fulfils the condition or makes it hopeless, or with the last state when
 * the time is up. It reads the registry at least once. Changes that come together are one state.
 * @throws RollcallError the registry's error when it never answered or refuses the request.
 */
export async function wait(client: Client, condition: WaitCondition, options: WaitOptions): Promise<WaitState> {
  if (options.timeout === 0) return await look(client, condition, options.signal)
  const end = new AbortController()
  const timer = setTimeout(() => end.abort(), Math.min(options.timeout, LONGEST))
  const signal = anyOf(end.signal, options.signal)
  const holding = new Holding(condition.stable ?? 0, () => end.abort())
  const malformed: MalformedEntry[] = []
  let entries: readonly InstanceEntry[] | undefined
  let away: RollcallError | undefined
  const onMalformed = (entry: MalformedEntry) => {
    if (malformed.length >= KEPT) return
    malformed.push(entry)
    if (entries) end.abort()
  }
  const onLink = (error: RollcallError | undefined) => {
    if (away?.message !== error?.message) options.onLink?.(error?.message)
    away = error
    // What happens meanwhile is not seen.
    if (error) holding.stop()
  }
  try {
    for await (entries of lists(client, condition, { signal, onLink, onMalformed })) {
      const state = stateOf(entries, malformed, condition)
      if (state.isHopeless) return state
      if (state.failed !== undefined) {
        holding.stop()
        options.onState?.(state)
        continue
      }
      if (holding.milliseconds === 0) return await ifCertain(client, condition, state, options.signal)
      holding.start()
      options.onState?.(unstable(state, condition))
    }
  } catch (error) {
    if (!end.signal.aborted || options.signal?.aborted) throw error
  } finally {
    clearTimeout(timer)
    holding.stop()
    end.abort()
  }
  if (!entries && away) throw away
  if (!entries) return await look(client, condition, options.signal)
  const last = stateOf(entries, malformed, condition)
  if (last.isHopeless) return last
  if (away) {
    const { message } = away
    return failingBy(last, condition, (words) => `${message}; last seen: ${words}`)
  }
  const held = last.failed === undefined && !holding.isOver ? unstable(last, condition) : last
  return await ifCertain(client, condition, held, options.signal)
}

/** Counts for how long the condition has held. */
class Holding {
  readonly milliseconds: number
  /** It held for long enough. */
  isOver = false
  readonly #onOver: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(milliseconds: number, onOver: () => void) {
    this.milliseconds = milliseconds
    this.#onOver = onOver
  }

  /** Goes on where it counts already. */
  start(): void {
    this.#timer ??= setTimeout(
      () => {
        this.isOver = true
        this.#onOver()
      },
      Math.min(this.milliseconds, LONGEST),
    )
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

function unstable(state: WaitState, condition: WaitCondition): WaitState {
  const seconds = (condition.stable ?? 0) / 1000
  return failingBy(state, condition, (words) => `${words}, not yet for ${seconds}s without a break`)
}

async function look(client: Client, condition: WaitCondition, signal?: AbortSignal): Promise<WaitState> {
  const entries: InstanceEntry[] = []
  const malformed: MalformedEntry[] = []
  const scan = client.entries(condition.scope, { signal })
  for await (const entry of scan) {
    if (!isAbout(condition, entry.service)) continue
    if (entry.is === 'instance') entries.push(entry)
    else if (entry.is === 'malformed' && malformed.length < KEPT) malformed.push(entry)
  }
  if (entries.length === 0) await client.backend.checkPlace?.({ signal })
  const state = stateOf(entries, malformed, condition)
  if (isUncertain(state, condition)) refuseUnreadable(scan.unreadable)
  return state
}

/** @throws RollcallError `forbidden` when instances that the user cannot read could change the result */
async function ifCertain(
  client: Client,
  condition: WaitCondition,
  state: WaitState,
  signal: AbortSignal | undefined,
): Promise<WaitState> {
  if (isUncertain(state, condition)) refuseUnreadable(await client.unreadable(condition.scope, { signal }))
  return state
}

function refuseUnreadable(unreadable: string | undefined): void {
  if (unreadable === undefined) return
  throw new RollcallError('forbidden', `there may be instances that you lack permission to read: ${unreadable}`, {
    hint: `use credentials that can read all of it; ${option('layout')} leaves a part out`,
  })
}

interface Watched {
  readonly signal: AbortSignal
  readonly onLink: (away: RollcallError | undefined) => void
  readonly onMalformed: (entry: MalformedEntry) => void
}

/** Every list of the instances, without end; a watch that could not start, or ended because the registry is unreachable, is started again. */
async function* lists(
  client: Client,
  condition: WaitCondition,
  { signal, onLink, onMalformed }: Watched,
): AsyncGenerator<readonly InstanceEntry[], never, undefined> {
  const where = ({ service }: { readonly service: string }) => isAbout(condition, service)
  const malformed = condition.failOn?.malformed ? { malformed: where } : {}
  for (let attempt = 1; ; attempt++) {
    const stop = new AbortController()
    const events = client.watch(condition.scope, {
      where,
      ...malformed,
      signal: anyOf(signal, stop.signal),
    })
    const feed = new ServiceFeed(instanceEvents(events, onLink, onMalformed))
    try {
      for (let version = 0; ; version = feed.version) {
        await feed.newerThan(version, signal)
        attempt = 0
        if (feed.stale) continue
        onLink(undefined)
        yield feed.entries
      }
    } catch (error) {
      signal.throwIfAborted()
      if (!isAway(error)) throw error
      onLink(error)
    } finally {
      stop.abort()
      await feed.ended
    }
    await pause(backOff(Math.max(attempt, 1), DELAY), signal)
  }
}

/**
 * The events about instances. The list that was stale is looked at again once the registry is back, though nothing may have
 * changed in it.
 */
async function* instanceEvents(
  events: AsyncIterable<WatchEvent>,
  onLink: Watched['onLink'],
  onMalformed: Watched['onMalformed'],
): AsyncGenerator<WatchEvent, void, undefined> {
  for await (const event of events) {
    if (event.type === 'malformed') {
      if (!event.gone) onMalformed(event.malformed)
      continue
    }
    yield event
    if (event.type !== 'link') continue
    if (event.state === 'up') yield { type: 'synced' }
    else onLink(new RollcallError('unreachable', event.message ?? 'the registry went away'))
  }
}
