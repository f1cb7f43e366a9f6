import type { Leadership } from '../../backends/contract/backend.ts'
import { type ErrorCode, RollcallError, messageOf } from '../../model/errors.ts'
import type { Entry, InstanceEntry } from '../../model/reading.ts'
import { anyOf } from '../../model/signals.ts'
import { type BackOff, backOff, pause } from '../back-off.ts'
import { Entries } from '../entries.ts'
import { unsupported, type Source } from '../source.ts'
import { beatUntilLost } from '../heartbeat.ts'
import type { MonitorEvent } from './event.ts'
import { type Moment, Sightings } from './sightings.ts'

export interface MonitorOptions {
  /** Milliseconds after which what was not renewed is down; left out: the registry's `aioTtl`. */
  readonly ttl?: number
  /** Milliseconds between looks; left out: half of the TTL. */
  readonly every?: number
  /** Must not throw. */
  readonly onEvent?: (event: MonitorEvent) => void
  readonly signal?: AbortSignal
}

/** Marks AIO records as down that are not renewed, while it holds the lock. Disposing ends it, and gives up the lock. */
export interface Monitor extends AsyncDisposable {
  /** Whether it is the one that marks. */
  readonly leads: boolean
  /** The largest difference between a writer's clock and ours that it knows of, in milliseconds. */
  readonly skew: number
  /** Rejects when the registry says no; resolves when it was stopped. */
  readonly done: Promise<void>
}

/** Milliseconds before the first further try, and the most before a later one, which is no longer than between two looks. */
const FIRST_DELAY = 250
const LONGEST_DELAY = 5_000
/** Seconds: how long a leader's silence goes unnoticed, at most; a third of the TTL where that is less. */
const LONGEST_LOCK = 15
/** What can be otherwise at the next try. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout', 'storage', 'history-lost', 'not-found'])

type Settled = MonitorOptions & Required<Pick<MonitorOptions, 'ttl' | 'every'>>

/** @throws RollcallError `usage` for looks rarer than the TTL, `unsupported` where there is nothing to mark */
export function monitor(source: Source, options: MonitorOptions & { readonly ttl: number }): Monitor {
  const { ttl, every = ttl / 2 } = options
  if (!(every > 0 && every <= ttl)) {
    throw new RollcallError('usage', `a look every ${every / 1000}s does not fit a TTL of ${ttl / 1000}s`, {
      hint: 'look at least once in a TTL; half of it is usual',
    })
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

  /** A refusal ends all of it; that it was stopped is no failure. */
  async #untilStopped(loop: Promise<void>): Promise<void> {
    try {
      await loop
    } catch (error) {
      if (this.#stopped.aborted) return
      this.#stop.abort()
      throw error
    }
  }

  /** Whoever stands by looks as well, so that he knows what lives when it is his turn. */
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
      const leadership = await this.#trying(() => this.#campaign())
      this.#leadership = leadership
      this.#tell({ type: 'leading' })
      this.#wake.abort()
      let message: string
      try {
        message = await beatUntilLost(leadership, this.#source, this.#stopped)
      } finally {
        this.#leadership = undefined
        await leadership[Symbol.asyncDispose]()
      }
      this.#tell({ type: 'lost', message })
    }
  }

  #campaign(): Promise<Leadership> {
    const { backend } = this.#source
    const ttl = Math.min(LONGEST_LOCK, Math.ceil(this.#options.ttl / 3_000))
    const onStandby = (leader: string): void => this.#tell({ type: 'standby', leader })
    if (!backend.campaign) throw unsupported(backend.driver, 'monitor')
    return backend.campaign({ ttl, signal: this.#stopped, onStandby })
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
        if (ahead !== undefined) this.#tell({ type: 'skew', entry, ahead })
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
      if (each.entry.records.some(({ id }) => done.has(id))) this.#tell({ type: 'down', ...each })
    }
    const failed = outcomes.find(({ error }) => error)
    if (failed?.error) this.#tell({ type: 'failed', message: messageOf(failed.error) })
  }

  /** Until it succeeds. */
  async #trying<T>(act: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await act()
      } catch (error) {
        this.#stopped.throwIfAborted()
        if (!(error instanceof RollcallError && PASSING.has(error.code))) throw error
        this.#tell({ type: 'failed', message: error.message })
        await pause(backOff(attempt, this.#delay), this.#stopped)
      }
    }
  }

  #tell(event: MonitorEvent): void {
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
