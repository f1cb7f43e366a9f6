import { onAbort } from '../../model/signals.ts'

/** Heartbeats as they are sent once. */
export interface Attempt {
  /** In sixteen digits, each once. */
  readonly leases: readonly string[]
  /** `ttl`: the seconds that the lease at this place lasts from its heartbeat on, 0 or less when it is gone. */
  answer(at: number, ttl: number): void
}

/** Heartbeats that are sent with one write and one time limit, and once more where that fails. */
export interface SentTogether {
  /** Resolves once nobody waits for an answer any more. */
  readonly over: Promise<void>
  /** Those for whose answers somebody waits. */
  attempt(): Attempt
  /** For all that have no answer. */
  fail(error: unknown): void
}

/** Whoever waits for the answer to a heartbeat. */
export interface HeartbeatCaller {
  /** `ttl`: the seconds that the lease lasts from its heartbeat on, 0 when it is gone. */
  answer(ttl: number): void
  fail(error: unknown): void
}

/**
 * Heartbeats that are sent together, with one write and one time limit. Each is answered by itself, and its caller can give it up
 * by itself.
 */
export class HeartbeatBatch implements SentTogether {
  readonly over: Promise<void>
  /** By lease, in sixteen digits. */
  readonly #waiting = new Map<string, HeartbeatCaller[]>()
  #end: () => void = () => {}

  constructor() {
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** The leases for whose answers somebody waits. */
  get leases(): readonly string[] {
    return [...this.#waiting.keys()]
  }

  attempt(): Attempt {
    const { leases } = this
    return { leases, answer: (at, ttl) => this.answer(leases[at] ?? '', ttl) }
  }

  /** Resolves with the seconds that the lease lasts from its heartbeat on, 0 when it is gone. */
  add(lease: string, signal: AbortSignal | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const stopListening = onAbort(signal, () => {
        this.giveUp(lease, caller)
        reject(signal?.reason)
      })
      const caller: HeartbeatCaller = {
        answer(ttl) {
          stopListening()
          resolve(ttl)
        },
        fail(error) {
          stopListening()
          reject(error)
        },
      }
      this.call(lease, caller)
    })
  }

  /** Tells the caller when there is an answer, unless he gives it up. */
  call(lease: string, caller: HeartbeatCaller): void {
    const waiting = this.#waiting.get(lease)
    if (waiting) waiting.push(caller)
    else this.#waiting.set(lease, [caller])
  }

  answer(lease: string, ttl: number): void {
    const waiting = this.#waiting.get(lease)
    if (!waiting) return
    this.#forget(lease)
    for (const one of waiting) one.answer(ttl)
  }

  fail(error: unknown): void {
    const waiting = [...this.#waiting.values()].flat()
    this.#waiting.clear()
    this.#end()
    for (const one of waiting) one.fail(error)
  }

  giveUp(lease: string, caller: HeartbeatCaller): void {
    const others = (this.#waiting.get(lease) ?? []).filter((other) => other !== caller)
    if (others.length > 0) this.#waiting.set(lease, others)
    else this.#forget(lease)
  }

  #forget(lease: string): void {
    this.#waiting.delete(lease)
    if (this.#waiting.size === 0) this.#end()
  }
}
