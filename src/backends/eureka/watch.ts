import { setTimeout as delay } from 'node:timers/promises'
import { RollcallError } from '../../model/errors.ts'
import type { RecordChange, Scope, WatchMessage, WatchOptions } from '../contract/backend.ts'
import type { EurekaContext } from './api.ts'
import { settled } from './lookup.ts'
import { RegistryView } from './view.ts'

/** Milliseconds between two looks at the changes. */
const POLL = 1_000
const LONGEST_DELAY = 8_000
/** Milliseconds after which everything is read again: changes do not tell whose heartbeats stopped. */
const WHOLE = 120_000

/**
 * What changes, by looking at the changes of the last minutes again and again. Everything is read where their hash says that
 * something was missed. The first message says that all is known. @throws RollcallError what does not pass by itself
 */
export async function* watch(
  context: EurekaContext,
  scope: Scope,
  { signal }: WatchOptions,
): AsyncGenerator<WatchMessage, void, undefined> {
  const follower = new Follower(context, scope, signal)
  let failures = 0
  let isBegun = false
  while (!signal.aborted) {
    try {
      const changes = await follower.next()
      if (!isBegun) yield { is: 'progress' }
      else if (failures > 0) yield { is: 'link', state: 'up' }
      failures = 0
      if (isBegun && changes.length > 0) yield { is: 'changes', changes }
      isBegun = true
    } catch (error) {
      if (signal.aborted) return
      if (!willPass(error)) throw error
      failures += 1
      if (isBegun && failures === 1) yield { is: 'link', state: 'down', message: error.message }
    }
    await delay(Math.min(LONGEST_DELAY, POLL * 2 ** Math.max(0, failures - 1)), undefined, { signal }).catch(() => {})
  }
}

function willPass(error: unknown): error is RollcallError {
  return error instanceof RollcallError && (error.code === 'unreachable' || error.code === 'timeout')
}

/** Keeps a view of the registry, and says what became of it. */
class Follower {
  readonly #context: EurekaContext
  readonly #view: RegistryView
  readonly #signal: AbortSignal
  /** When everything is read next, by the steady clock. */
  #due = 0
  /** The server tells no changes, so everything is read every time. */
  #hasDelta = true
  /** The hashes that differed when everything was read last: the server's cache of everything may be the older one. */
  #doubted: string | undefined
  #untold: RecordChange[] = []

  constructor(context: EurekaContext, scope: Scope, signal: AbortSignal) {
    this.#context = context
    this.#view = new RegistryView(scope)
    this.#signal = signal
  }

  /** All changes since the last answer: those that were known when a request failed, too. */
  async next(): Promise<RecordChange[]> {
    await this.#advance()
    const told = this.#untold
    this.#untold = []
    return told
  }

  async #advance(): Promise<void> {
    if (!this.#hasDelta || performance.now() >= this.#due) return await this.#whole()
    const delta = await this.#context.api.delta(this.#signal)
    if (!delta) {
      await this.#whole()
      // A server that has just started serves nothing at all.
      this.#hasDelta = false
      this.#context.logger.info('eureka: the server does not tell changes: everything is read every time')
      return
    }
    this.#untold.push(...this.#view.apply(delta.instances))
    const difference = this.#differenceTo(delta.hash)
    if (difference === undefined || difference === this.#doubted) return
    this.#context.logger.debug(`eureka: ${difference}: reading everything`)
    await this.#whole()
    this.#doubted = this.#differenceTo(delta.hash)
  }

  #differenceTo(hash: string): string | undefined {
    return hash === this.#view.hash ? undefined : `changes end in ${hash} and not in ${this.#view.hash}`
  }

  async #whole(): Promise<void> {
    const { instances } = await this.#context.api.list(this.#signal)
    const listed = instances.flatMap((instance) => {
      const service = this.#view.listedAs(instance)
      return service === undefined ? [] : [{ instance, service }]
    })
    const records = await settled(this.#context, listed, this.#signal)
    this.#due = performance.now() + WHOLE
    this.#untold.push(...this.#view.replace(instances, records))
  }
}
