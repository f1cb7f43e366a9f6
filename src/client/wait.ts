import type { InstanceEntry } from '../model/reading.ts'
import type { Scope } from '../backends/contract/backend.ts'
import type { WatchEvent } from '../model/change.ts'
import { RollcallError } from '../model/errors.ts'
import { LONGEST, anyOf } from '../model/signals.ts'
import type { Status } from '../model/status.ts'
import { type BackOff, backOff, isAway, pause } from './back-off.ts'
import type { Client } from './client.ts'
import { unreadableIn } from './entries.ts'
import { ServiceFeed } from './watch/service-feed.ts'

const DELAY: BackOff = { first: 100, most: 2_000 }

/** What is waited for: how many instances there are to be. */
export interface WaitCondition {
  readonly scope: Scope
  /** Which instances of the scope are looked at, whatever their status. */
  readonly where: (entry: InstanceEntry) => boolean
  /** Which of them are meant; all of them where it is left out. */
  readonly selection?: WaitSelection | undefined
  /** Which of them count; all of them where it is left out. */
  readonly statuses?: readonly Status[]
  readonly min: number
  readonly max?: number
}

/** Selectors, and the words to report what they leave out. */
export interface WaitSelection {
  readonly test: (entry: InstanceEntry) => boolean
  /** `version=v9` */
  readonly words: string
  /** What an instance that does not match has instead: `v1.4.1`. */
  readonly differenceOf: (entry: InstanceEntry) => string
}

/** How things stood when they were last looked at. */
export interface WaitState {
  /** The instances that match, ordered by service and id. */
  readonly entries: readonly InstanceEntry[]
  readonly counted: number
  /** How many would count without the selection. */
  readonly candidates: number
  /** What the others of these are, and how many, the most frequent first. */
  readonly others: Readonly<Record<string, number>>
  /** Which condition does not hold, as one sentence; undefined when all hold. */
  readonly failed: string | undefined
}

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
 * Waits by watching; resolves with the first state that fulfils the condition, or with the last state when the time is up. It
 * reads the registry at least once.
 * @throws RollcallError the registry's error when it never answered or refuses the request.
 */
export async function wait(client: Client, condition: WaitCondition, options: WaitOptions): Promise<WaitState> {
  if (options.timeout === 0) return await look(client, condition, options.signal)
  const end = new AbortController()
  const timer = setTimeout(() => end.abort(), Math.min(options.timeout, LONGEST))
  const signal = anyOf(end.signal, options.signal)
  let last: WaitState | undefined
  let away: RollcallError | undefined
  const reportLink = (error: RollcallError | undefined) => {
    if (away?.message !== error?.message) options.onLink?.(error?.message)
    away = error
  }
  try {
    for await (const state of states(client, condition, { signal, onLink: reportLink })) {
      if (state.failed === undefined) {
        const unreadable =
          condition.max === undefined ? undefined : await unreadableIn(client, condition.scope, options.signal)
        return ifCertain(condition, state, unreadable)
      }
      last = state
      options.onState?.(state)
    }
  } catch (error) {
    if (!end.signal.aborted || options.signal?.aborted) throw error
  } finally {
    clearTimeout(timer)
    end.abort()
  }
  if (!last && away) throw away
  if (!last) return await look(client, condition, options.signal)
  if (away) return { ...last, failed: `${away.message}; last seen: ${inWords(last, condition)}` }
  if (last.entries.length > 0) return last
  return ifCertain(condition, last, await unreadableIn(client, condition.scope, options.signal))
}

async function look(client: Client, condition: WaitCondition, signal?: AbortSignal): Promise<WaitState> {
  const entries: InstanceEntry[] = []
  const scan = client.entries(condition.scope, { signal })
  for await (const entry of scan) {
    if (entry.is === 'instance' && condition.where(entry)) entries.push(entry)
  }
  if (entries.length === 0) await client.backend.checkPlace?.({ signal })
  return ifCertain(condition, stateOf(entries, condition), scan.unreadable)
}

/** @throws RollcallError `forbidden` when instances that the user cannot read could change the result */
function ifCertain({ max }: WaitCondition, state: WaitState, unreadable: string | undefined): WaitState {
  const isCertain = state.failed === undefined ? max === undefined : state.entries.length > 0
  if (isCertain || unreadable === undefined) return state
  throw new RollcallError('forbidden', `there may be instances that you lack permission to read: ${unreadable}`, {
    hint: 'use credentials that can read all of it; --layout leaves a part out',
  })
}

interface Watched {
  readonly signal: AbortSignal
  readonly onLink: (away: RollcallError | undefined) => void
}

/** Every state, without end; a watch that could not start, or ended because the registry is unreachable, is started again. */
async function* states(
  client: Client,
  condition: WaitCondition,
  { signal, onLink }: Watched,
): AsyncGenerator<WaitState, never, undefined> {
  for (let attempt = 1; ; attempt++) {
    const stop = new AbortController()
    const { scope, where } = condition
    const events = client.watch(scope, { where, signal: anyOf(signal, stop.signal) })
    const feed = new ServiceFeed(withLinks(events, onLink))
    try {
      for (let version = 0; ; version = feed.version) {
        await feed.newerThan(version, signal)
        attempt = 0
        if (feed.stale) continue
        onLink(undefined)
        yield stateOf(feed.entries, condition)
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

/** The list that was stale is looked at again once the registry is back, though nothing may have changed in it. */
async function* withLinks(
  events: AsyncIterable<WatchEvent>,
  onLink: Watched['onLink'],
): AsyncGenerator<WatchEvent, void, undefined> {
  for await (const event of events) {
    yield event
    if (event.type !== 'link') continue
    if (event.state === 'up') yield { type: 'synced' }
    else onLink(new RollcallError('unreachable', event.message ?? 'the registry went away'))
  }
}

const KINDS_NAMED = 5

/** How things stand, and what is not as it is to be: `0 of 10 up match version=v9 (v1.4.2 ×7, v1.4.1 ×3), at least 3 wanted`. */
function stateOf(all: readonly InstanceEntry[], condition: WaitCondition): WaitState {
  const { min, max = Number.POSITIVE_INFINITY, selection } = condition
  const entries = selection ? all.filter((entry) => selection.test(entry)) : all
  const counted = entries.filter((entry) => counts(condition, entry))
  const others = selection ? tally(unselected(all, condition), selection.differenceOf) : {}
  const state = {
    entries,
    counted: counted.length,
    candidates: all.filter((entry) => counts(condition, entry)).length,
    others,
  }
  if (counted.length < min) {
    const rest = [...listed(others), ...statusWords(entries, condition)]
    const why = rest.length > 0 ? ` (${rest.join(', ')})` : ''
    return { ...state, failed: `${inWords(state, condition)}${why}, at least ${min} wanted` }
  }
  if (counted.length <= max) return { ...state, failed: undefined }
  return { ...state, failed: `${inWords(state, condition)}, at most ${max} wanted` }
}

/** `2 up`, `none up`, `0 of 10 up match version=v9`. */
function inWords(
  { counted, candidates }: Pick<WaitState, 'counted' | 'candidates'>,
  { statuses, selection }: WaitCondition,
): string {
  const kind = statuses?.join(' or ')
  if (selection && candidates > 0) return `${counted} of ${candidates} ${kind ?? 'instances'} match ${selection.words}`
  if (kind !== undefined) return `${counted || 'none'} ${kind}`
  return counted === 0 ? 'no instance' : `${counted} instance${counted === 1 ? '' : 's'}`
}

function counts({ statuses }: WaitCondition, { observed }: InstanceEntry): boolean {
  return statuses?.includes(observed.status) ?? true
}

/** What would count, but for the selectors. */
function unselected(all: readonly InstanceEntry[], condition: WaitCondition): InstanceEntry[] {
  return all.filter((entry) => counts(condition, entry) && !condition.selection?.test(entry))
}

/** `2 down`: those that the selectors fit and whose status does not count. */
function statusWords(entries: readonly InstanceEntry[], condition: WaitCondition): string[] {
  const uncounted = entries.filter((entry) => !counts(condition, entry))
  const match = condition.selection ? ' match' : ''
  return Object.entries(tally(uncounted, ({ observed }) => observed.status)).map(
    ([status, count]) => `${count} ${status}${match}`,
  )
}

/** The most frequent first. */
function tally(entries: readonly InstanceEntry[], of: (entry: InstanceEntry) => string): Record<string, number> {
  const counted = new Map<string, number>()
  for (const entry of entries) counted.set(of(entry), (counted.get(of(entry)) ?? 0) + 1)
  return Object.fromEntries([...counted].sort(([, a], [, b]) => b - a))
}

function listed(counted: Readonly<Record<string, number>>): string[] {
  const words = Object.entries(counted).map(([what, count]) => `${what} ×${count}`)
  const more = words.length - KINDS_NAMED
  return more > 0 ? [...words.slice(0, KINDS_NAMED), `and ${more} more`] : words
}
