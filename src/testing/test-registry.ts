import { type LocalStore, openLocalStore } from '../backends/local/store.ts'
import type { Settings } from '../backends/contract/driver.ts'
import { Client } from '../client/client.ts'
import { Registry } from '../client/registry.ts'
import { targetFrom } from '../config/target.ts'
import type { ErrorCode } from '../model/errors.ts'
import { type Logger, silent } from '../model/logger.ts'
import { ClockedBackend, type KeptRegistrations } from './clocked-backend.ts'
import { Faults } from './faults.ts'
import { FaultyStore } from './faulty-store.ts'

/** Where a registry of a test begins. */
export interface TestRegistryOptions {
  /** What its clock shows first, in milliseconds since 1970; the time of day by default. */
  readonly now?: number
  /** As of `connect`. */
  readonly layout?: Settings['layout']
  /** As of `connect`. */
  readonly prefix?: string
  /** Milliseconds after which an AIO record that was not renewed counts as expired; 30,000 by default. */
  readonly aioTtl?: number
  readonly logger?: Logger
}

/** Starts a registry in memory. Each is apart from all others, and needs no server, file or port. */
export async function testRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const clock = { now: options.now ?? Date.now() }
  const now = (): number => clock.now
  return new TestRegistry(await openLocalStore(undefined, now, now), clock, options)
}

/**
 * A registry for tests of programs that use one: the embedded registry in memory, with a clock that stands still until it is
 * turned, and faults to switch on. Disposing of it closes its connections.
 */
export class TestRegistry implements AsyncDisposable {
  readonly #store: LocalStore
  readonly #clock: { now: number }
  readonly #options: TestRegistryOptions
  readonly #faults = new Faults()
  readonly #kept: KeptRegistrations = new Set()
  readonly #shared = { kept: this.#kept, faults: this.#faults }
  readonly #connections: Registry[] = []

  constructor(store: LocalStore, clock: { now: number }, options: TestRegistryOptions) {
    this.#store = store
    this.#clock = clock
    this.#options = options
  }

  /** Opens a connection: what `connect` returns for a real registry. Two of them are as two processes. */
  async connect(): Promise<Registry> {
    const { layout, prefix, aioTtl, logger = silent } = this.#options
    const target = targetFrom('memory:', { layout, prefix, aioTtl })
    const open = { signal: new AbortController().signal, logger, now: () => this.now }
    const backend = new ClockedBackend(new FaultyStore(this.#store, this.#faults), this.#shared, target, open)
    const registry = new Registry(new Client(target, backend, open))
    this.#connections.push(registry)
    return registry
  }

  /** What its clock shows, in milliseconds since 1970. */
  get now(): number {
    return this.#clock.now
  }

  /**
   * Turns the clock on by so many milliseconds. What is kept alive is renewed on the way, unless the registry is away; what
   * nobody renews expires, and those who watch hear of it.
   */
  async advance(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds
    while (this.now < end) {
      const step = Math.min(end - this.now, ...[...this.#kept].map(({ clockEvery }) => clockEvery))
      this.#clock.now += step
      await Promise.allSettled([...this.#kept].map(async (registration) => registration.beat?.()))
    }
    this.#store.wake()
    this.#faults.ring()
  }

  /** From now on every request fails with `unreachable`, and watches report that the connection is lost. */
  goAway(): void {
    this.#faults.isAway = true
  }

  /** The registry answers again, and watches report what has happened meanwhile. */
  comeBack(): void {
    this.#faults.isAway = false
  }

  /** Every request takes so many milliseconds of real time; 0 for none. */
  slowDown(milliseconds: number): void {
    this.#faults.delay = milliseconds
  }

  /** The next request fails with that code, or so many of them. */
  failNext(code: ErrorCode, times = 1): void {
    this.#faults.plan(code, times)
  }

  /** Removes the history: a watch reports a `gap`, reads all again, and goes on. */
  loseHistory(): void {
    this.#faults.loseHistory()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.comeBack()
    await Promise.allSettled(this.#connections.map((registry) => registry[Symbol.asyncDispose]()))
    await this.#store[Symbol.asyncDispose]()
  }
}
