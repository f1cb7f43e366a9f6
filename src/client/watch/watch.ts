import type { Scope, WatchMessage } from '../../backends/contract/backend.ts'
import type { WatchEvent } from '../../model/change.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { InstanceEntry, MalformedEntry } from '../../model/reading.ts'
import { anyOf } from '../../model/signals.ts'
import { type BackOff, backOff, pause } from '../../model/back-off.ts'
import { isAway } from '../../backends/contract/outcome.ts'
import { type EventOptions, eventsOf } from './events.ts'
import { unsupported } from '../../backends/contract/refusals.ts'
import type { Source } from '../source.ts'
import { type Message, TimedMessages, begun } from './messages.ts'
import type { SnapshotChange } from './watched-service.ts'
import { InstanceSnapshot } from './snapshot.ts'
import { firstReading, recall, rescan } from './rescan.ts'

/** Milliseconds between two readings of a registry without push. */
const POLL = 2_000
/** Milliseconds to wait for a watch to be there before reading; if it comes later, it is read again. */
const BEGINNING = 1_000
const DELAY: BackOff = { first: 250, most: 30_000 }

export interface WatchEventsOptions extends EventOptions {
  /**
   * The revision after which to begin, without a snapshot. Instances removed since then are reported only
   * where the registry can still be read as of that revision.
   */
  readonly since?: string
  /** Ends the watch quietly. */
  readonly signal?: AbortSignal
}

/** The events of one watch. It reads no faster than its caller takes the events. */
export async function* watch(
  source: Source,
  scope: Scope,
  options: WatchEventsOptions,
): AsyncGenerator<WatchEvent, void, undefined> {
  const stop = new AbortController()
  const signal = anyOf(options.signal, stop.signal)
  const observation = new Observation(source, scope, options, signal)
  try {
    for await (const events of observation.begin(options.since)) for (const event of events) yield event
    for (;;) {
      const { messages } = observation
      if (messages === undefined) {
        await pause(POLL, signal)
        for await (const events of observation.differences()) for (const event of events) yield event
        continue
      }
      let gap: WatchEvent
      try {
        for (;;) {
          const message = await messages.next(observation.dueAt)
          if (message === undefined) return
          const events = observation.take(message)
          if (Array.isArray(events)) for (const event of events) yield event
          else for await (const some of events) for (const event of some) yield event
        }
      } catch (error) {
        gap = observation.gapFor(error)
      } finally {
        messages.leave()
      }
      yield gap
      for await (const events of observation.beginAgain()) for (const event of events) yield event
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    stop.abort()
  }
}

/** Events that come together. Between the registry and the caller only `watch` passes them on one by one. */
type Batches = AsyncGenerator<WatchEvent[], void, undefined>

class Observation {
  /** What the registry reports from now on; undefined for one without push. */
  messages: TimedMessages | undefined
  readonly #source: Source
  readonly #scope: Scope
  readonly #options: WatchEventsOptions
  readonly #signal: AbortSignal
  readonly #snapshot: InstanceSnapshot
  /** Whether the snapshot is complete. When history is lost before that, the caller has to start again: what the caller knows is not known here. */
  #whole = false
  /** The last revision that was reported; changes by time alone belong to it. */
  #revision: string | undefined
  /** The messages began after the reading did. */
  #isLate = false

  constructor(source: Source, scope: Scope, options: WatchEventsOptions, signal: AbortSignal) {
    this.#source = source
    this.#scope = scope
    this.#options = options
    this.#signal = signal
    const { backend, now } = source
    this.#snapshot = new InstanceSnapshot({ backend, now, malformed: options.malformed !== undefined })
  }

  /** When time alone changes something, in milliseconds since 1970. */
  get dueAt(): number {
    return this.#snapshot.dueAt
  }

  /** What is there, or without an event what was there at a revision. From then on `messages` has the changes. */
  async *begin(since: string | undefined): Batches {
    if (since === undefined) {
      const early = await this.#listenEarly()
      const revision = yield* this.#firstReading()
      this.#whole = true
      yield [this.#synced(revision)]
      this.messages = this.#timed(early ?? this.#listen(revision))
      return
    }
    const { backend, capabilities } = this.#source
    if (!capabilities.history) throw unsupported(backend.driver, 'history')
    await recall(this.#source, this.#snapshot, this.#scope, { since, signal: this.#signal })
    this.messages = this.#timed(this.#listen(since))
  }

  /** After a lost history: what differs from what was known. */
  async *beginAgain(): Batches {
    const early = await this.#listenEarly()
    const revision = yield* this.#readAgain()
    yield [this.#synced(revision)]
    this.messages = this.#timed(early ?? this.#listen(revision))
  }

  async *differences(): Batches {
    yield* this.#readAgain()
  }

  /** The events of a message: mostly at once, and after everything was read again where the messages had begun late. */
  take(message: Message): WatchEvent[] | Batches {
    if (message.is === 'due') return this.#eventsOf(this.#snapshot.passTime(), this.#revision)
    this.#whole = true
    if (message.is === 'link') return [link(message.state, message.message)]
    if ('revision' in message) this.#revision = message.revision
    if (message.is === 'changes') return this.#eventsOf(this.#snapshot.apply(message.changes), message.revision)
    if (message.is === 'state')
      return this.#eventsOf(this.#snapshot.setService(message.service, message.records), message.revision)
    if (!this.#isLate) return []
    this.#isLate = false
    return this.differences()
  }

  /** The event of a lost history, after which everything is to be read again. Throws any other error, and this one where nothing was known before. */
  gapFor(error: unknown): WatchEvent {
    if (!this.#whole || !isHistoryLost(error)) throw error
    return { type: 'gap', message: messageOf(error) }
  }

  async *#firstReading(): AsyncGenerator<WatchEvent[], string | undefined, undefined> {
    const reading = firstReading(this.#source, this.#snapshot, this.#scope, { signal: this.#signal })
    for (;;) {
      const { done, value } = await reading.next()
      if (done) return value
      yield value.flatMap((entry) => this.#firstEvent(entry))
    }
  }

  #firstEvent(entry: InstanceEntry | MalformedEntry): WatchEvent[] {
    const { where, malformed } = this.#options
    if (entry.is === 'malformed') return malformed?.(entry) ? [{ type: 'malformed', malformed: entry }] : []
    return where && !where(entry) ? [] : [{ type: 'snapshot', entry }]
  }

  /** What differs from the snapshot, read as soon as the registry can be read; returns the revision that was read. */
  async *#readAgain(): AsyncGenerator<WatchEvent[], string | undefined, undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        const revision = yield* this.#changesOf(this.#rescan())
        if (attempt > 1) yield [link('up')]
        return revision
      } catch (error) {
        if (!isAway(error)) throw error
        if (attempt === 1) yield [link('down', messageOf(error))]
        await pause(backOff(attempt, DELAY), this.#signal)
      }
    }
  }

  #synced(revision: string | undefined): WatchEvent {
    this.#revision = revision
    return revision === undefined ? { type: 'synced' } : { type: 'synced', revision }
  }

  #rescan(): ReturnType<typeof rescan> {
    return rescan(this.#source, this.#snapshot, this.#scope, { signal: this.#signal })
  }

  async *#changesOf(reading: ReturnType<typeof rescan>): AsyncGenerator<WatchEvent[], string | undefined, undefined> {
    for (;;) {
      const { done, value } = await reading.next()
      if (done) return value
      yield this.#eventsOf(value)
    }
  }

  #eventsOf(changes: readonly SnapshotChange[], revision?: string): WatchEvent[] {
    return eventsOf(changes, this.#options, revision)
  }

  #timed(messages: AsyncIterator<WatchMessage> | undefined): TimedMessages | undefined {
    return messages && new TimedMessages(messages, this.#source.now)
  }

  /** The messages after a revision; undefined for a registry without push. */
  #listen(since?: string): AsyncIterator<WatchMessage> | undefined {
    const { backend, capabilities } = this.#source
    if (!capabilities.watch) return undefined
    const options = { signal: this.#signal, ...(since === undefined ? {} : { since }) }
    return backend.watch?.(this.#scope, options)[Symbol.asyncIterator]()
  }

  /** Without a history the messages must begin before the reading does, or what happens between them is missed. */
  async #listenEarly(): Promise<AsyncIterator<WatchMessage> | undefined> {
    const listening = this.#source.capabilities.history ? undefined : this.#listen()
    if (!listening) return undefined
    const { messages, inTime } = begun(listening, BEGINNING)
    this.#isLate = !(await inTime)
    return messages
  }
}

function isHistoryLost(error: unknown): boolean {
  return error instanceof RollcallError && error.code === 'history-lost'
}

function link(state: 'up' | 'down', message?: string): WatchEvent {
  return message === undefined ? { type: 'link', state } : { type: 'link', state, message }
}
