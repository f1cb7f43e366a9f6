import type { Scope } from '../../backends/contract/backend.ts'
import type { WatchEvent } from '../../model/change.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Client } from '../client.ts'
import type { WatchEventsOptions } from '../watch/watch.ts'
import { Past } from './past.ts'
import { type Journal, registryName } from './source.ts'

/** Readings of what was there at the beginning of a journal, which may let go of that meanwhile. */
const TRIES = 5

/** An event of a watch, and when it was learnt of, in milliseconds since 1970; without a time: now. */
export interface TimedEvent {
  readonly event: WatchEvent
  readonly at?: number
}

/** From when a journal is replayed, and which events are wanted. */
export interface ReplayOptions extends Omit<WatchEventsOptions, 'since'> {
  /** Milliseconds since 1970. */
  readonly since: number
  /** Called with the time at which the journal begins, where that is later. */
  readonly onShort?: (begins: string) => void
}

/**
 * The events that a journal has since a time, and then those that come: after the last revision that the journal has where the registry
 * can go on from there, elsewhere with what differs from what the journal knew last. Nothing is reported twice.
 *
 * @throws RollcallError `usage` for the journal of another registry
 */
export async function* replayed(
  client: Client,
  scope: Scope,
  journal: Journal,
  { since: asked, onShort, ...options }: ReplayOptions,
): AsyncGenerator<TimedEvent, void, undefined> {
  const { since, past } = await pastAt(client, journal, asked, { ...options, onShort })
  // A server's registry does not tell what was there at an earlier revision, as it takes to know what is gone.
  const resumes = client.capabilities.history && !client.backend.journal
  let revision: string | undefined
  let waiting: TimedEvent[] = []
  for await (const line of journal.read({ since })) {
    if (!('event' in line)) continue
    const at = Date.parse(line.event.at)
    waiting.push(...past.take(line.event).map((event) => ({ event, at })))
    revision = line.event.revision ?? revision
    // Of a revision whose end the journal does not have, the registry reports everything again.
    if (resumes && line.event.revision === undefined) continue
    yield* waiting
    waiting = []
  }
  if (resumes && revision !== undefined) {
    let hasBegun = false
    try {
      for await (const event of client.watch(scope, { ...options, since: revision })) {
        hasBegun = true
        yield { event }
      }
      return
    } catch (error) {
      if (hasBegun || !(error instanceof RollcallError) || error.code !== 'history-lost') throw error
    }
  }
  yield* waiting
  for await (const event of goneOn(client.watch(scope, options), past)) yield { event }
}

/** What was there at a time; where the journal begins later, also while it is read, at its beginning. */
async function pastAt(
  client: Client,
  journal: Journal,
  asked: number,
  { onShort, ...options }: Omit<ReplayOptions, 'since'>,
): Promise<{ readonly since: number; readonly past: Past }> {
  for (let tries = 1; ; tries++) {
    const since = await beginningOf(client, journal, asked, onShort)
    const past = new Past(options)
    try {
      for await (const line of journal.read({ at: since })) past.begin(line)
      return { since, past }
    } catch (error) {
      if (tries === TRIES || !(error instanceof RollcallError) || error.code !== 'history-lost') throw error
    }
  }
}

/** The time from which on the journal has everything, but not before `since`. */
async function beginningOf(
  { target, backend }: Client,
  journal: Journal,
  since: number,
  onShort: ReplayOptions['onShort'],
): Promise<number> {
  for await (const line of journal.read({ since })) {
    if (!('journal' in line)) break
    const { registry, begins } = line.journal
    if (!backend.journal && registry !== registryName(target))
      throw new RollcallError('usage', `the journal is of ${registry}, not of ${registryName(target)}`, {
        hint: 'name the journal of this registry',
      })
    if (Date.parse(begins) > since) onShort?.(begins)
    return Math.max(since, Date.parse(begins))
  }
  return since
}

/** The events of a watch whose snapshot is compared with what was known. */
async function* goneOn(events: AsyncIterable<WatchEvent>, past: Past): AsyncGenerator<WatchEvent, void, undefined> {
  let isComplete = false
  for await (const event of events) {
    if (isComplete || event.type === 'link') yield event
    else if (event.type === 'snapshot') yield* past.met(event.entry)
    else if (event.type === 'malformed') yield* past.metMalformed(event.malformed)
    else if (event.type === 'synced') {
      yield* past.rest()
      yield event
      isComplete = true
    }
  }
}
