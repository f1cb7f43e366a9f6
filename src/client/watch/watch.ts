import type { Scope, WatchMessage } from '../../backends/contract/backend.ts'
import type { WatchEvent } from '../../model/change.ts'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { anyOf } from '../../model/signals.ts'
import { type BackOff, backOff, isAway, pause } from '../back-off.ts'
import { type EventOptions, eventsOf } from './events.ts'
import { unsupported, type Source } from '../source.ts'
import { begun, withTime } from './messages.ts'
import { type EntryChange, InstanceSnapshot } from './snapshot.ts'
import { recall, rescan } from './rescan.ts'

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
    yield* options.since === undefined ? observation.fromNow() : observation.from(options.since)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    stop.abort()
  }
}

class Observation {
  readonly #source: Source
  readonly #scope: Scope
  readonly #options: EventOptions
  readonly #signal: AbortSignal
  readonly #snapshot: InstanceSnapshot
  /** Whether the snapshot is complete. When history is lost before that, the caller has to start again: what the caller knows is not known here. */
  #whole = false
  /** The last revision that was reported; changes by time alone belong to it. */
  #revision: string | undefined
  /** The messages began after the reading did. */
  #isLate = false

  constructor(source: Source, scope: Scope, options: EventOptions, signal: AbortSignal) {
    this.#source = source
    this.#scope = scope
    this.#options = options
    this.#signal = signal
    this.#snapshot = new InstanceSnapshot(source)
  }

  async *fromNow(): AsyncGenerator<WatchEvent, void, undefined> {
    const early = await this.#listenEarly()
    const revision = yield* this.#firstReading()
    this.#whole = true
    yield this.#synced(revision)
    yield* this.#follow(early ?? this.#listen(revision))
  }

  async *from(since: string): AsyncGenerator<WatchEvent, void, undefined> {
    const { backend, capabilities } = this.#source
    if (!capabilities.history) throw unsupported(backend.driver, 'history')
    await recall(this.#source, this.#snapshot, this.#scope, { since, signal: this.#signal })
    yield* this.#follow(this.#listen(since))
  }

  /** Every change from here on, for ever; after a lost history everything is read again. */
  async *#follow(messages: AsyncIterator<WatchMessage> | undefined): AsyncGenerator<WatchEvent, void, undefined> {
    let current = messages
    while (current) {
      try {
        yield* this.#changes(current)
        return
      } catch (error) {
        if (!this.#whole || !isHistoryLost(error)) throw error
        yield { type: 'gap', message: messageOf(error) }
      }
      const early = await this.#listenEarly()
      const revision = yield* this.#differences()
      yield this.#synced(revision)
      current = early ?? this.#listen(revision)
    }
    yield* this.#poll()
  }

  async *#changes(messages: AsyncIterator<WatchMessage>): AsyncGenerator<WatchEvent, void, undefined> {
    for await (const message of withTime(messages, () => this.#snapshot.dueAt, this.#source.now)) {
      if (message.is !== 'due') this.#whole = true
      if ('revision' in message) this.#revision = message.revision
      if (message.is === 'progress' && this.#isLate) {
        this.#isLate = false
        yield* this.#differences()
      }
      if (message.is === 'changes') yield* this.#eventsOf(this.#snapshot.apply(message.changes), message.revision)
      if (message.is === 'state') {
        yield* this.#eventsOf(this.#snapshot.setService(message.service, message.records), message.revision)
      }
      if (message.is === 'due') yield* this.#eventsOf(this.#snapshot.passTime(), this.#revision)
      if (message.is === 'link') yield link(message.state, message.message)
    }
  }

  async *#poll(): AsyncGenerator<WatchEvent, void, undefined> {
    for (;;) {
      await pause(POLL, this.#signal)
      yield* this.#differences()
    }
  }

  async *#firstReading(): AsyncGenerator<WatchEvent, string | undefined, undefined> {
    const { where = () => true } = this.#options
    const reading = this.#rescan()
    for (;;) {
      const { done, value } = await reading.next()
      if (done) return value
      for (const { after } of value) if (after && where(after)) yield { type: 'snapshot', entry: after }
    }
  }

  /** What differs from the snapshot, read as soon as the registry can be read. */
  async *#differences(): AsyncGenerator<WatchEvent, string | undefined, undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        const revision = yield* this.#changesOf(this.#rescan())
        if (attempt > 1) yield link('up')
        return revision
      } catch (error) {
        if (!isAway(error)) throw error
        if (attempt === 1) yield link('down', messageOf(error))
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

  async *#changesOf(reading: ReturnType<typeof rescan>): AsyncGenerator<WatchEvent, string | undefined, undefined> {
    for (;;) {
      const { done, value } = await reading.next()
      if (done) return value
      yield* this.#eventsOf(value)
    }
  }

  #eventsOf(changes: readonly EntryChange[], revision?: string): WatchEvent[] {
    return eventsOf(changes, this.#options, revision)
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
