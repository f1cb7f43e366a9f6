import type { Leadership } from '../../backends/contract/backend.ts'
import { type ErrorCode, RollcallError, messageOf } from '../../model/errors.ts'
import type { Entry, InstanceEntry } from '../../model/reading.ts'
import { anyOf } from '../../model/signals.ts'
import { type BackOff, backOff, pause } from '../../model/back-off.ts'
import { Entries } from '../entries.ts'
import { unsupported } from '../../backends/contract/refusals.ts'
import type { Source } from '../source.ts'
import { beatUntilLost } from '../heartbeat.ts'
import type { MonitorEvent } from './event.ts'
import { type Moment, Sightings } from './sightings.ts'

/** How often a monitor looks, and what it takes for dead. */
export interface MonitorOptions {
  /** Milliseconds without a renewal after which an instance is marked as down; by default the target's `aioTtl`. */
  readonly ttl?: number
  /** Milliseconds between checks; half of the TTL by default. */
  readonly every?: number
  /** Receives each event. Must not throw. */
  readonly onEvent?: (event: MonitorEvent) => void
  readonly signal?: AbortSignal
}

/** Marks unrenewed AIO records as down while it holds the lock. Disposing of it ends it and releases the lock. */
export interface Monitor extends AsyncDisposable {
  /** Whether it holds the lock, and so is the one that marks. */
  readonly leads: boolean
  /** The largest known difference between a writer's clock and ours, in milliseconds. */
  readonly skew: number
  /** Rejects when the registry refuses a request; resolves when the monitor was stopped. */
  readonly done: Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Milliseconds before the first further try, and the most before a later one, which is no longer than between two looks. */
const FIRST_DELAY = 250
const LONGEST_DELAY = 5_000
/** Seconds: how long a leader's silence goes unnoticed, at most; a third of the TTL where that is less. */
const LONGEST_LOCK = 15
/** Errors that may pass by the next try. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout', 'storage', 'history-lost', 'not-found'])

type Settled = MonitorOptions & Required<Pick<MonitorOptions, 'ttl' | 'every'>>

/** @throws RollcallError `usage` for an interval longer than the TTL */
export function monitor(source: Source, options: MonitorOptions & { readonly ttl: number }): Monitor {
  const { ttl, every = ttl / 2 } = options
  if (!(every > 0 && every <= ttl)) {
    throw new RollcallError(
      'usage',
      `the interval of ${every / 1000}s between checks must be above 0 and at most the TTL of ${ttl / 1000}s`,
      {
        hint: 'check at least once per TTL; half of it is usual',
      },
    )
  }
  return new RunningMonitor(source, { ...options, ttl, every })
}

class RunningMonitor implements Monitor {
  readonly done: Promise<void>
  readonly #source: Source
  readonly #options: Settled
  readonly #stop = new AbortController()
  readonly #stopped: AbortSignal
  readonly #sightings: Sightings
  readonly #delay: BackOff
  #leadership: Leadership | undefined
  /** Milliseconds from the last look until the next instance will be overdue, unless it is renewed. */
  #soonest = Infinity
  /** Ends the wait for the next look. */
  #wake = new AbortController()

  constructor(source: Source, options: Settled) {
    this.#source = source
    this.#options = options
    this.#stopped = anyOf(this.#stop.signal, options.signal)
    this.#sightings = new Sightings(options.every)
    this.#delay = { first: FIRST_DELAY, most: Math.min(LONGEST_DELAY, options.every) }
    this.done = this.#run()
    this.done.catch((error: unknown) => source.logger.warn(`monitor: ${messageOf(error)}`))
  }

  get leads(): boolean {
    return this.#leadership !== undefined
  }

  get skew(): number {
    return this.#sightings.largest
  }

  async #run(): Promise<void> {
    // Nothing is written, and no registry is made, before there is one that can be read.
    await this.#untilStopped(this.#trying(() => this.#look()))
    if (this.#stopped.aborted) return
    const ends = await Promise.allSettled([this.#looking(), this.#leading()].map((loop) => this.#untilStopped(loop)))
    const failed = ends.find((end) => end.status === 'rejected')
    if (failed) throw failed.reason
  }

  /** A refusal ends the monitor; being stopped is not a failure. */
  async #untilStopped(loop: Promise<void>): Promise<void> {
    try {
      await loop
    } catch (error) {
      if (this.#stopped.aborted) return
      this.#stop.abort()
      throw error
    }
  }

  /** A monitor that stands by checks as well, so that it knows what is alive when its turn comes. */
  async #looking(): Promise<never> {
    for (;;) {
      const wake = anyOf(this.#stopped, this.#wake.signal)
      await pause(Math.min(this.#options.every, this.#soonest), wake).catch(() => this.#stopped.throwIfAborted())
      this.#wake = new AbortController()
      await this.#trying(() => this.#look())
    }
  }

  async #leading(): Promise<never> {
    for (;;) {
      const leadership = await this.#trying(() => this.#elect())
      this.#leadership = leadership
      this.#report({ type: 'leading' })
      this.#wake.abort()
      let message: string
      try {
        message = await beatUntilLost(leadership, this.#source, this.#stopped)
      } finally {
        this.#leadership = undefined
        await leadership[Symbol.asyncDispose]()
      }
      this.#report({ type: 'lost', message })
    }
  }

  #elect(): Promise<Leadership> {
    const { backend } = this.#source
    const ttl = Math.min(LONGEST_LOCK, Math.ceil(this.#options.ttl / 3_000))
    const onStandby = (leader: string): void => this.#report({ type: 'standby', leader })
    if (!backend.electLeader) throw unsupported(backend.driver, 'monitor')
    return backend.electLeader({ ttl, signal: this.#stopped, onStandby })
  }

  async #look(): Promise<void> {
    const overdue = await this.#overdue()
    if (this.#leadership) await this.#mark(this.#leadership, overdue)
  }

  async #overdue(): Promise<Overdue[]> {
    try {
      return await this.#scan()
    } catch (error) {
      this.#sightings.fail()
      throw error
    }
  }

  async #scan(): Promise<Overdue[]> {
    const { ttl } = this.#options
    const overdue: Overdue[] = []
    this.#soonest = Infinity
    this.#sightings.begin(this.#moment())
    const scan = new Entries(this.#source, { layout: 'aio' }, { signal: this.#stopped })
    for await (const batch of scan.batches()) {
      const entries = batch.filter(isOfAio)
      for (const [at, { unrenewedFor, ahead }] of this.#sightings.note(entries, this.#moment()).entries()) {
        const entry = entries[at]
        if (!entry) continue
        if (ahead !== undefined) this.#report({ type: 'skew', entry, ahead })
        if (!isOnline(entry)) continue
        if (unrenewedFor > ttl) overdue.push({ entry, unrenewedFor })
        else this.#soonest = Math.min(this.#soonest, ttl - unrenewedFor + 1)
      }
    }
    this.#sightings.end(this.#moment())
    return overdue
  }

  async #mark(leadership: Leadership, overdue: readonly Overdue[]): Promise<void> {
    const records = overdue.flatMap(({ entry }) => entry.records)
    const outcomes = await leadership.setStatus(records, 'down', { signal: this.#stopped })
    const done = new Set(outcomes.filter(({ result }) => result === 'done').map(({ id }) => id))
    for (const each of overdue) {
      if (each.entry.records.some(({ id }) => done.has(id))) this.#report({ type: 'down', ...each })
    }
    const failed = outcomes.find(({ error }) => error)
    if (failed?.error) this.#report({ type: 'failed', message: messageOf(failed.error) })
  }

  /** Until it succeeds. */
  async #trying<T>(act: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await act()
      } catch (error) {
        this.#stopped.throwIfAborted()
        if (!(error instanceof RollcallError && PASSING.has(error.code))) throw error
        this.#report({ type: 'failed', message: error.message })
        await pause(backOff(attempt, this.#delay), this.#stopped)
      }
    }
  }

  #report(event: MonitorEvent): void {
    this.#options.onEvent?.(event)
  }

  #moment(): Moment {
    return { wall: this.#source.now(), steady: performance.now() }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.done.catch(() => {})
  }
}

function isOfAio(entry: Entry): entry is InstanceEntry {
  return entry.is === 'instance' && entry.observed.layout === 'aio'
}

interface Overdue {
  readonly entry: InstanceEntry
  readonly unrenewedFor: number
}

/** By the word that is stored. */
function isOnline({ observed }: InstanceEntry): boolean {
  return observed.status === 'up' || observed.status === 'expired'
}
