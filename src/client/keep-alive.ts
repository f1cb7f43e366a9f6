import type { Registration, WriteOptions } from '../backends/contract/backend.ts'
import { RollcallError, messageOf } from '../model/errors.ts'
import type { InstanceInit } from '../model/instance.ts'
import { anyOf } from '../model/signals.ts'
import { type BackOff, backOff, pause } from '../model/back-off.ts'
import { isAway } from '../backends/contract/outcome.ts'
import { commonHeartbeats } from './common-heartbeats.ts'
import { beatUntilLost } from './heartbeat.ts'
import { register } from './register.ts'
import type { Source } from './source.ts'
import { traced, tracedKeepAlive } from './tracing.ts'

const DELAY: BackOff = { first: 250, most: 5_000 }

/** How an instance is registered and kept alive. */
export interface KeepAliveOptions extends Omit<WriteOptions, 'keepAlive'> {
  /** Left out, or true: with `keepAlive: false`, `register` of a registry takes options for registering once. */
  readonly keepAlive?: true
  /** How often a lost registration is tried again before giving up; without a limit by default. */
  readonly retries?: number
  /** Receives each event, with the instance that it is about. Must not throw. */
  readonly onEvent?: (event: KeepAliveEvent, instance: InstanceInit) => void
  /** Aborts the first registration; later it ends the heartbeat, and deregistering is left to the disposal. */
  readonly signal?: AbortSignal
}

/** What becomes of an instance that is kept alive. */
export type KeepAliveEvent =
  | { readonly type: 'registered' | 'registered-again'; readonly registration: Registration }
  | { readonly type: 'lost'; readonly message: string }
  /** `delay` in milliseconds. */
  | { readonly type: 'retrying'; readonly attempt: number; readonly delay: number; readonly message: string }

/**
 * A registration with its heartbeat. Disposing stops the heartbeat and deregisters; it rejects where the registry does not, such as
 * with `unreachable` while it is away, and then the TTL is left. `release` only stops the heartbeat. Until then its timer keeps the
 * process running.
 */
export interface KeepAlive extends AsyncDisposable {
  /** The registration in force; replaced by another one after it was lost. */
  readonly registration: Registration
  /** Rejects when it gave up (see `retries`) or the registry refused it; resolves when it was stopped. */
  readonly done: Promise<void>
  /** Stops the heartbeat and leaves the instance registered. */
  release(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Registers, and registers again whenever the registry has lost it. */
export async function keepAlive(source: Source, instance: InstanceInit, options: KeepAliveOptions): Promise<KeepAlive> {
  const about = { operation: 'register', services: [instance.name] } as const
  const registration = await traced(source, about, () => register(source, instance, { ...options, keepAlive: true }))
  return keepRegistration(source, instance, options, registration)
}

/** Begins to send the heartbeats of what was just registered to be kept alive. */
export function keepRegistration(
  source: Source,
  instance: InstanceInit,
  options: KeepAliveOptions,
  registration: Registration,
): KeepAlive {
  report(source, instance, options, { type: 'registered', registration })
  return new KeptRegistration(source, instance, options, registration)
}

class KeptRegistration implements KeepAlive {
  registration: Registration
  readonly done: Promise<void>
  readonly #source: Source
  readonly #instance: InstanceInit
  readonly #options: KeepAliveOptions
  readonly #stop = new AbortController()
  readonly #stopped: AbortSignal
  #end: Promise<void> | undefined

  constructor(source: Source, instance: InstanceInit, options: KeepAliveOptions, registration: Registration) {
    this.#source = source
    this.#instance = instance
    this.#options = options
    this.#stopped = anyOf(this.#stop.signal, options.signal)
    this.registration = registration
    this.done = this.#run()
    // For a caller that never looks at `done`, the failure is logged instead of ending the process.
    this.done.catch((error: unknown) => source.logger.warn(`gave up on ${this.#name}: ${messageOf(error)}`))
  }

  get #name(): string {
    return `${this.#instance.name}/${this.#instance.id}`
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const common = commonHeartbeats(this.#source.backend, this.registration)
        const reason = await beatUntilLost(this.registration, this.#source, this.#stopped, common)
        this.#report({ type: 'lost', message: `lost: ${reason}` })
        await this.#registerAgain(reason)
      }
    } catch (error) {
      if (!this.#stopped.aborted) throw error
    }
  }

  async #registerAgain(reason: string): Promise<void> {
    const { retries = Infinity } = this.#options
    if (retries < 1) {
      const hint = 'set retries above 0 to register it again'
      throw new RollcallError('not-found', `${this.#name} was lost: ${reason}`, { hint })
    }
    for (let attempt = 1; ; attempt++) {
      this.#stopped.throwIfAborted()
      try {
        const { backend } = this.#source
        const about = { operation: 'register', services: [this.#instance.name] } as const
        await this.#replace(await traced(this.#source, about, () => backend.register(this.#instance, this.#request())))
        this.#report({ type: 'registered-again', registration: this.registration })
        return
      } catch (error) {
        if (!canPass(error) || attempt >= retries) throw error
        const delay = backOff(attempt, DELAY)
        this.#report({ type: 'retrying', attempt, delay, message: messageOf(error) })
        await pause(delay, this.#stopped)
      }
    }
  }

  #report(event: KeepAliveEvent): void {
    report(this.#source, this.#instance, this.#options, event)
  }

  /**
   * Never replaces: an instance that took the id since then is live. And no signal: a request that was cut off
   * halfway could leave a record that is never deregistered.
   */
  #request(): WriteOptions {
    return { ...this.#options, keepAlive: true, replace: false, signal: undefined }
  }

  async #replace(next: Registration): Promise<void> {
    const previous = this.registration
    this.registration = next
    await previous.release().catch((error: unknown) => this.#source.logger.debug(messageOf(error)))
  }

  release(): Promise<void> {
    this.#end ??= this.#halt().then(() => this.registration.release())
    return this.#end
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#end ??= this.#deregister()
    return this.#end
  }

  async #deregister(): Promise<void> {
    const failed = await this.#halt()
    try {
      await this.registration[Symbol.asyncDispose]()
    } catch (error) {
      // `done` has reported why it failed; this error adds nothing.
      if (!failed) throw error
      this.#source.logger.debug(messageOf(error))
    }
  }

  /** Ends the heartbeat; whether it had failed before. */
  async #halt(): Promise<boolean> {
    this.#stop.abort()
    return await this.done.then(
      () => false,
      () => true,
    )
  }
}

/** Reports an event to the caller and to those who trace. */
function report(
  { registry }: Source,
  instance: InstanceInit,
  { onEvent }: KeepAliveOptions,
  event: KeepAliveEvent,
): void {
  tracedKeepAlive({ registry, service: instance.name, instance: instance.id, event: event.type })
  onEvent?.(event, instance)
}

/** A full disk is emptied some day; a refusal stays one. */
function canPass(error: unknown): boolean {
  return isAway(error) || (error instanceof RollcallError && error.code === 'storage')
}
