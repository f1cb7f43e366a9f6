import type { TimedEvent } from '../../client/journal/replay.ts'
import type { JournalWriter } from '../../client/journal/writer.ts'
import type { WatchEventsOptions } from '../../client/watch/watch.ts'
import type { WatchEvent } from '../../model/change.ts'
import { RollcallError } from '../../model/errors.ts'
import { boundsFrom, type journalOptions } from '../args/journal.ts'
import type { OptionValues } from '../args/options.ts'
import { pastTime } from '../args/time.ts'
import type { Context } from '../command.ts'
import { type Listing, clientFor } from './listing.ts'

export interface WatchFlags extends OptionValues<typeof journalOptions> {
  readonly since: string | undefined
  readonly renewals: boolean
}

/** Where a watch begins: now, after a revision, or at a time that a journal has. */
export type Beginning = { readonly at: 'now' } | { readonly revision: string } | { readonly time: number }

/** @throws RollcallError `usage` for a `--since` that is neither, and journal flags that have no meaning with it */
export function beginningFrom(context: Context, listing: Listing, flags: WatchFlags): Beginning {
  const { since, journal } = flags
  boundsFrom(flags)
  const isTime = since !== undefined && !/^\d+$/.test(since)
  if (journal !== undefined && !isTime) checkWhole(listing, since)
  if (since === undefined) return { at: 'now' }
  if (!isTime) return { revision: since }
  for (const [flag, text] of Object.entries({ '--keep': flags.keep, '--journal-size': flags.journalSize }))
    if (text !== undefined)
      throw new RollcallError('usage', `${flag} cannot be combined with --since ${since}`, {
        hint: 'with a time, the journal is read and not written',
      })
  return { time: pastTime('--since', since, context.now()) }
}

/** A journal that says what was there has to know all of it. */
function checkWhole({ choosesAll, services }: Listing, since: string | undefined): void {
  if (since !== undefined)
    throw new RollcallError('usage', `--journal cannot be combined with --since ${since}`, {
      hint: 'a journal begins with what is there; with a time, such as --since 10m, it is read instead',
    })
  if (choosesAll && services.length === 0) return
  throw new RollcallError('usage', '--journal is for the whole registry', {
    hint: 'leave out services and selectors here; rollcall history SERVICE --journal FILE chooses later',
  })
}

/** The time of the last event that was passed on, in milliseconds since 1970, where that is not the time at which it is printed. */
export interface EventClock {
  at: number | undefined
}

interface Watched {
  readonly beginning: Beginning
  /** A journal that is written. */
  readonly journal: JournalWriter | undefined
  /** Is set to the time of each event that comes from a journal. */
  readonly clock: EventClock
}

/** The events of `watch`; where a journal is written, each once it is there. What the registry tells is passed on as it comes, by nothing in between. */
export async function watchedEvents(
  context: Context,
  listing: Listing,
  flags: WatchFlags,
  { beginning, journal: kept, clock }: Watched,
): Promise<AsyncIterable<WatchEvent>> {
  const client = await clientFor(context, listing)
  const options = watchOptions(context, listing, flags)
  if ('time' in beginning) {
    const [{ replayed }, { journalOf }] = await Promise.all([
      import('../../client/journal/replay.ts'),
      import('./journal.ts'),
    ])
    const journal = await journalOf(context, flags.journal, listing.scope)
    const onShort = (begins: string) => void context.say(`the journal begins at ${begins}`)
    const events = replayed(client, listing.scope, journal, { ...options, since: beginning.time, onShort })
    return withTimes(events, clock)
  }
  const since = 'revision' in beginning ? { since: beginning.revision } : {}
  const events = client.watch(listing.scope, { ...options, ...since })
  if (!kept) return events
  const { recorded } = await import('../../client/journal/recorded.ts')
  return recorded(kept, events)
}

async function* withTimes(
  events: AsyncIterable<TimedEvent>,
  clock: EventClock,
): AsyncGenerator<WatchEvent, void, undefined> {
  for await (const { event, at } of events) {
    clock.at = at
    yield event
  }
}

/** What `watch` asks of a registry: the instances that are selected, and the malformed records. */
export function watchOptions(
  { signal }: Pick<Context, 'signal'>,
  listing: Listing,
  { renewals }: Pick<WatchFlags, 'renewals'>,
): WatchEventsOptions {
  return {
    signal,
    renewals,
    where: (entry) => listing.inScope(entry) && listing.selects(entry),
    malformed: (entry) => listing.inScope(entry),
  }
}

/** A test of each event in turn: malformed records that are there at first are no news, and on demand instances are none either. */
export function isShownFromBeginning(withSnapshot: boolean): (event: WatchEvent) => boolean {
  let isComplete = false
  return ({ type }) => {
    isComplete ||= type === 'synced'
    return isComplete || type === 'link' || (withSnapshot && type === 'snapshot')
  }
}
