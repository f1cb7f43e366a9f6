import type { LocalStore } from '../backends/local/store.ts'
import type {
  KeyRange,
  Operation,
  OperationOutcome,
  Store,
  StoreEvent,
  StoreLease,
  StoreLeaseState,
  StorePage,
  StoreScanOptions,
} from '../backends/kv/store.ts'
import { RollcallError } from '../model/errors.ts'
import { anyOf, onAbort } from '../model/signals.ts'
import type { Faults } from './faults.ts'

interface Call {
  readonly signal?: AbortSignal
}

const DOWN: StoreEvent = { is: 'link', state: 'down', message: 'the registry of the test is away' }
const UP: StoreEvent = { is: 'link', state: 'up' }

/** One connection to the store of a test: what it asks for meets the faults first. Closing it leaves the store open for the others. */
export class FaultyStore implements Store {
  readonly driver: string
  readonly history: boolean
  readonly ttl: Store['ttl']
  readonly #store: LocalStore
  readonly #faults: Faults
  readonly #closing = new AbortController()
  /** How often history had been lost when a revision was read. */
  readonly #read = new Map<string, number>()

  constructor(store: LocalStore, faults: Faults) {
    this.driver = store.driver
    this.history = store.history
    this.ttl = store.ttl
    this.#store = store
    this.#faults = faults
  }

  async *scan(range: KeyRange, options: StoreScanOptions = {}): AsyncGenerator<StorePage> {
    await this.#pass(options)
    const { losses } = this.#faults
    for await (const page of this.#store.scan(range, options)) {
      this.#read.set(page.revision, losses)
      yield page
    }
  }

  async count(range: KeyRange, options: Call & { limit?: number } = {}): Promise<number> {
    await this.#pass(options)
    return await this.#store.count(range, options)
  }

  async write(
    operations: readonly Operation[],
    options: Call & { atomic?: boolean } = {},
  ): Promise<OperationOutcome[]> {
    await this.#pass(options)
    return await this.#store.write(operations, options)
  }

  async grant(ttl: number, options: Call = {}): Promise<StoreLease> {
    await this.#pass(options)
    return await this.#store.grant(ttl, options)
  }

  async keepAlive(lease: string, options: Call = {}): Promise<StoreLease | undefined> {
    await this.#pass(options)
    return await this.#store.keepAlive(lease, options)
  }

  async lookUp(
    leases: readonly string[],
    options: Call & { keys?: boolean } = {},
  ): Promise<Map<string, StoreLeaseState>> {
    await this.#pass(options)
    return await this.#store.lookUp(leases, options)
  }

  async revoke(lease: string, options: Call = {}): Promise<void> {
    await this.#pass(options)
    await this.#store.revoke(lease, options)
  }

  /** As a registry over a network: a lost connection is reported, and what happened meanwhile follows once it is back. */
  async *watch(
    ranges: readonly KeyRange[],
    options: { since?: string; signal: AbortSignal },
  ): AsyncGenerator<StoreEvent> {
    const stop = new AbortController()
    const signal = anyOf(options.signal, this.#closing.signal, stop.signal)
    const losses = this.#read.get(options.since ?? '') ?? this.#faults.losses
    const events = this.#store.watch(ranges, { ...options, signal })[Symbol.asyncIterator]()
    const bell = new Rung(this.#faults, signal)
    let [next, revision] = [events.next(), options.since]
    try {
      for (let isDown = false; !signal.aborted; ) {
        if (this.#faults.losses > losses) throw new RollcallError('history-lost', 'the test has removed the history')
        if (this.#faults.isAway !== isDown) {
          isDown = !isDown
          yield isDown ? DOWN : UP
        } else if (isDown) {
          await bell.next()
        } else {
          const result = await Promise.race([next, bell.next()])
          if (result?.done) return
          // Nothing new: a clock that was turned can still be due to change something.
          if (!result && revision !== undefined) yield { is: 'progress', revision }
          if (!result || this.#faults.isAway) continue
          next = events.next()
          if (result.value.is !== 'link') ({ revision } = result.value)
          yield result.value
        }
      }
    } finally {
      next.catch(() => {})
      bell[Symbol.dispose]()
      stop.abort()
    }
  }

  async #pass({ signal }: Call): Promise<void> {
    if (this.#closing.signal.aborted) throw new RollcallError('interrupted', 'this connection is closed')
    await this.#faults.pass(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
  }
}

/** Hears of changes of the faults, and of the end of a signal, also while nobody waits. */
class Rung implements Disposable {
  readonly #ends: readonly (() => void)[]
  #isRung = false
  #wake = (): void => {}

  constructor(faults: Faults, signal: AbortSignal) {
    const ring = (): void => {
      this.#isRung = true
      this.#wake()
    }
    this.#ends = [faults.listen(ring), onAbort(signal, ring)]
  }

  /** Resolves when something has changed since the last call was answered. */
  async next(): Promise<undefined> {
    if (!this.#isRung) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#isRung = false
  }

  [Symbol.dispose](): void {
    for (const end of this.#ends) end()
  }
}
