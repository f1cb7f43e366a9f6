import type {
  InstanceToRegister,
  Page,
  Registration,
  RestoreRecord,
  ScanOptions,
  Scope,
  WriteOptions,
} from '../backends/contract/backend.ts'
import { KvBackend } from '../backends/kv/adapter.ts'
import type { OpenOptions, Target } from '../backends/contract/driver.ts'
import type { Store } from '../backends/kv/store.ts'
import type { InstanceInit } from '../model/instance.ts'
import { RollcallError } from '../model/errors.ts'
import type { Outcome, RawRecord } from '../model/record.ts'
import type { Status } from '../model/status.ts'
import type { Faults } from './faults.ts'

interface Stop {
  readonly signal?: AbortSignal
}

/** Milliseconds between the heartbeats of a test, so that whoever sends them learns at once what has happened. */
const OFTEN = 20

/** What is kept alive in the registry of a test, by all of its connections. */
export type KeptRegistrations = Set<ClockedRegistration>

/** The backend of one connection. */
export class ClockedBackend extends KvBackend {
  readonly #kept: KeptRegistrations
  readonly #faults: Faults

  constructor(store: Store, shared: { kept: KeptRegistrations; faults: Faults }, target: Target, options: OpenOptions) {
    super(store, target, options)
    this.#kept = shared.kept
    this.#faults = shared.faults
  }

  override async register(instance: InstanceInit, options: WriteOptions): Promise<Registration> {
    this.#faults.ask()
    const registration = await super.register(instance, options)
    return options.keepAlive ? this.#clocked(registration) : registration
  }

  #clocked(registration: Registration): Registration {
    const clocked = new ClockedRegistration(registration, () => this.#kept.delete(clocked))
    this.#kept.add(clocked)
    return clocked
  }

  override async registerNew(
    instances: readonly InstanceToRegister[],
    options: WriteOptions,
  ): Promise<(Registration | RollcallError | undefined)[]> {
    this.#faults.ask()
    const made = await super.registerNew(instances, options)
    if (!options.keepAlive) return made
    return made.map((each) => (each && !(each instanceof RollcallError) ? this.#clocked(each) : each))
  }

  override async *scan(scope: Scope, options?: ScanOptions): AsyncGenerator<Page> {
    this.#faults.ask()
    yield* super.scan(scope, options)
  }

  override async *remove(records: readonly RawRecord[], options?: Stop): AsyncGenerator<Outcome> {
    this.#faults.ask()
    yield* super.remove(records, options)
  }

  override async *restore(records: readonly RestoreRecord[], options?: Stop): AsyncGenerator<Outcome> {
    this.#faults.ask()
    yield* super.restore(records, options)
  }

  override async renew(records: readonly RawRecord[], options?: Stop): Promise<Outcome[]> {
    this.#faults.ask()
    return await super.renew(records, options)
  }

  override async setStatus(records: readonly RawRecord[], status: Status, options?: Stop): Promise<Outcome[]> {
    this.#faults.ask()
    return await super.setStatus(records, status, options)
  }
}

/** A registration with two clocks: heartbeats are sent often in real time, and whenever the clock of the test has passed on. */
export class ClockedRegistration implements Registration {
  readonly beat: Registration['beat']
  readonly #registration: Registration
  readonly #end: () => void

  constructor(registration: Registration, end: () => void) {
    this.beat = registration.beat?.bind(registration)
    this.#registration = registration
    this.#end = end
  }

  get action(): Registration['action'] {
    return this.#registration.action
  }

  get records(): Registration['records'] {
    return this.#registration.records
  }

  get lease(): string | undefined {
    return this.#registration.lease
  }

  get expiresAt(): number | undefined {
    return this.#registration.expiresAt
  }

  get beatEvery(): number | undefined {
    return this.beat && OFTEN
  }

  /** Milliseconds between heartbeats by the clock of the test. */
  get clockEvery(): number {
    return this.#registration.beatEvery ?? Infinity
  }

  async release(): Promise<void> {
    this.#end()
    await this.#registration.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end()
    await this.#registration[Symbol.asyncDispose]()
  }
}
