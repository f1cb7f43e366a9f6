import type { Chance } from '../balance/candidate.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { Outliers } from '../balance/outliers.ts'
import { prefer } from '../balance/prefer.ts'
import { RoundTrips } from '../balance/round-trips.ts'
import { type Strategy, type StrategyName, strategyOf } from '../balance/strategy.ts'
import { RollcallError } from '../model/errors.ts'
import { type Logger, silent } from '../model/logger.ts'
import { anyOf, unlessAborted } from '../model/signals.ts'
import { CachedService } from './cached-discovery.ts'
import { type PickCandidate, type Picked, accepting, candidateOf } from './candidate.ts'
import { tracedTry } from './tracing.ts'
import type { Client } from './client.ts'

/** Which instances are chosen, and how. */
export interface BalancerOptions {
  /** How an instance is chosen; `round-robin` by default. */
  readonly strategy?: StrategyName
  /** Only endpoints of this scheme, such as `grpc`, or of one of these; '' stands for an address without a scheme. Any by default. */
  readonly scheme?: string | readonly string[]
  /** Only instances for which this returns true; all by default. */
  readonly where?: (entry: InstanceEntry) => boolean
  /** Instances for which this returns true come first; the others are used only while none of these is up. */
  readonly prefer?: (entry: InstanceEntry) => boolean
  /** Failures in a row after which an instance is left out; 3 by default. */
  readonly failures?: number
  /** Milliseconds for which a failing instance is left out; 30,000 by default. */
  readonly leftOutFor?: number
  /** Returns a random number from 0 to below 1; `Math.random` by default. */
  readonly chance?: Chance
  /** Returns the time in milliseconds; `Date.now` by default. */
  readonly now?: () => number
  readonly logger?: Logger
  /** When aborted, the balancer is closed, and opening it rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** How an instance is called, and how often another one when that fails. */
export interface CallOptions {
  /** For the strategy `hash`: the same text chooses the same instance. */
  readonly hashKey?: string
  /** How many instances are tried at most; 3 by default. */
  readonly tries?: number
  /** When aborted, a failure does not count against the instance, and no other instance is tried. */
  readonly signal?: AbortSignal
  /** Whether the next instance may be tried after this error; always by default. */
  readonly retryable?: (error: unknown) => boolean
}

/**
 * Opens a balancer over the instances of one service that are up. It watches the service, so choosing costs no request, and
 * it keeps using the last list while the registry is unreachable. Resolves once the first list has been read.
 *
 * @throws RollcallError the error of the registry when the first list cannot be read.
 */
export async function balancer(
  { client }: { readonly client: Pick<Client, 'watch'> },
  service: string,
  options: BalancerOptions = {},
): Promise<Balancer> {
  const { logger = silent, signal } = options
  signal?.throwIfAborted()
  const stop = new AbortController()
  const cached = new CachedService(client, service, { logger, signal: anyOf(stop.signal, signal) })
  await unlessAborted(cached.ready, signal)
  return new Balancer(cached, service, stop, options)
}

/** Chooses instances of one service for each call. Disposing of it ends its watch. */
export class Balancer implements AsyncDisposable {
  readonly service: string
  readonly #cached: CachedService
  readonly #stop: AbortController
  readonly #signal: AbortSignal
  readonly #options: BalancerOptions
  readonly #strategy: Strategy
  readonly #outliers: Outliers
  readonly #roundTrips = new RoundTrips()
  readonly #now: () => number
  #listed: readonly InstanceEntry[] | undefined
  #candidates: readonly PickCandidate[] = []

  constructor(cached: CachedService, service: string, stop: AbortController, options: BalancerOptions) {
    const { strategy = 'round-robin', failures = 3, leftOutFor = 30_000, now = Date.now } = options
    this.service = service
    this.#cached = cached
    this.#stop = stop
    this.#signal = anyOf(stop.signal, options.signal)
    this.#options = options
    this.#strategy = strategyOf(strategy)
    this.#outliers = new Outliers({ failures, leftOutFor })
    this.#now = now
  }

  /** Whether the registry is unreachable, so that the list may be out of date. */
  get stale(): boolean {
    return this.#cached.stale
  }

  /** Returns the next instance. @throws RollcallError `not-found` when no instance can be chosen; `interrupted` when closed. */
  pick({ hashKey = '' }: Pick<CallOptions, 'hashKey'> = {}): Picked {
    return this.#choose(hashKey) ?? this.#refuse()
  }

  /**
   * Calls `fn` with an instance, and with the next one when that fails; returns what `fn` resolves with. An instance that fails
   * repeatedly is left out for a while, unless it is the last one. `fn` must be safe to call again.
   *
   * @throws RollcallError `not-found` when no instance can be chosen; the last error of `fn` when all tries failed.
   */
  async call<T>(fn: (picked: Picked) => Promise<T>, options: CallOptions = {}): Promise<T> {
    const { hashKey = '', tries = 3, signal, retryable = () => true } = options
    const tried = new Set<string>()
    let chosen = this.#choose(hashKey) ?? this.#refuse()
    for (;;) {
      signal?.throwIfAborted()
      try {
        return await this.#try(chosen, fn, signal)
      } catch (error) {
        tried.add(chosen.key)
        const isOver = signal?.aborted || tried.size >= tries || !retryable(error)
        const next = isOver ? undefined : this.#choose(hashKey, tried)
        if (!next) throw error
        chosen = next
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new RollcallError('interrupted', `the balancer of ${this.service} was closed`))
    await this.#cached.ended
  }

  async #try<T>(
    chosen: PickCandidate,
    fn: (picked: Picked) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const begun = this.#now()
    const { instance, url } = chosen
    try {
      const answer = await tracedTry({ service: this.service, instance: instance.id, url }, () => fn(chosen))
      this.#outliers.succeeded(chosen.key)
      this.#roundTrips.measured(chosen.key, this.#now() - begun, this.#now())
      return answer
    } catch (error) {
      if (!signal?.aborted) this.#outliers.failed(chosen.key, this.#up(), this.#now())
      throw error
    }
  }

  #choose(hashKey: string, except: ReadonlySet<string> = new Set()): PickCandidate | undefined {
    this.#signal.throwIfAborted()
    const { prefer: preferred, chance = Math.random } = this.#options
    const now = this.#now()
    const left = this.#outliers.among(
      this.#up().filter(({ key }) => !except.has(key)),
      now,
    )
    const wanted = preferred ? prefer(left, [({ entry }) => preferred(entry)]) : left
    return this.#strategy(wanted, { chance, hashKey, roundTrip: ({ key }) => this.#roundTrips.of(key, now) })
  }

  /** Rebuilt when the list has changed. */
  #up(): readonly PickCandidate[] {
    const { entries } = this.#cached
    if (entries === this.#listed) return this.#candidates
    const { where = () => true, scheme } = this.#options
    const up = entries.filter((entry) => entry.observed.status === 'up' && where(entry))
    this.#candidates = up.flatMap((entry) => candidateOf(entry, accepting(scheme)) ?? [])
    this.#listed = entries
    const keys = new Set(this.#candidates.map(({ key }) => key))
    this.#outliers.keep(keys)
    this.#roundTrips.keep(keys)
    return this.#candidates
  }

  #refuse(): never {
    const known = this.#cached.entries.length
    const fact =
      known === 0
        ? 'has no instance'
        : `has ${known === 1 ? '1 instance' : `${known} instances`}, and none of them can be chosen`
    throw new RollcallError('not-found', `${this.service} ${fact}`, {
      hint: '`getService` with `{ all: true }` has those too that are not up',
    })
  }
}
