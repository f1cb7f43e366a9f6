import { type FSWatcher, watch } from 'node:fs'

/** Milliseconds between looks that nothing has called for: a net, where file notices are late or missing. */
const POLL = 1_000
/** Milliseconds; Node's timers hold no more than 24 days. */
const LONGEST_TIMER = 3_600_000

/** Rings whenever there may be changes to read, from this process or another, for as long as somebody listens. */
export class Bell {
  readonly #log: string | undefined
  readonly #untilExpiry: () => number | undefined
  readonly #listeners = new Set<() => void>()
  #watcher: FSWatcher | undefined
  #poll: NodeJS.Timeout | undefined
  #expiry: NodeJS.Timeout | undefined

  /** `untilExpiry` gives the milliseconds until the next lease runs out. */
  constructor(log: string | undefined, untilExpiry: () => number | undefined) {
    this.#log = log
    this.#untilExpiry = untilExpiry
  }

  /** Gives back the function that ends the listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#start()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  ring(): void {
    if (this.#listeners.size === 0) return
    for (const listener of this.#listeners) listener()
    const delay = this.#untilExpiry()
    clearTimeout(this.#expiry)
    if (delay !== undefined) this.#expiry = setTimeout(() => this.ring(), Math.min(Math.ceil(delay), LONGEST_TIMER))
  }

  #start(): void {
    this.#watchLog()
    this.#poll = setInterval(() => {
      this.#watchLog()
      this.ring()
    }, POLL)
    this.ring()
  }

  #stop(): void {
    clearInterval(this.#poll)
    clearTimeout(this.#expiry)
    this.#watcher?.close()
    this.#watcher = undefined
  }

  #watchLog(): void {
    if (this.#log === undefined || this.#watcher) return
    try {
      this.#watcher = watch(this.#log, (event) => {
        if (event === 'rename') this.#unwatchLog()
        this.ring()
      })
      this.#watcher.on('error', () => this.#unwatchLog())
    } catch {
      // There is no log yet, or no more watches are to be had: the poll goes on.
    }
  }

  #unwatchLog(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }
}
