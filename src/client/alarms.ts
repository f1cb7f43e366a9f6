interface Alarm {
  readonly due: number
  readonly timer: NodeJS.Timeout
  /** With the milliseconds by which each may be called early. */
  readonly callbacks: Map<() => void, number>
}

/** How many times an alarm is more exact than its delay is long. */
const EXACTNESS = 1_000

/**
 * Calls back after a delay. What is due together has one timer, and what may be early is called together with what is due before: a
 * thousand registrations that send their heartbeats one by one would be woken a thousand times.
 */
export class Alarms {
  /** By the time at which they are due. */
  readonly #alarms = new Map<number, Alarm>()

  /**
   * Calls back after that many milliseconds, at most a thousandth of them late, or 1 ms, and at most `early` milliseconds early.
   * Returns when, by which it can be cancelled; a function may be due once at a time.
   */
  set(milliseconds: number, callback: () => void, early = 0): number {
    const step = 2 ** Math.max(0, Math.floor(Math.log2(milliseconds / EXACTNESS)))
    const due = Math.ceil((performance.now() + milliseconds) / step) * step
    this.#at(due).callbacks.set(callback, early)
    return due
  }

  /** Whether it was still to be called then. */
  cancel(due: number, callback: () => void): boolean {
    const alarm = this.#alarms.get(due)
    if (!alarm?.callbacks.delete(callback)) return false
    if (alarm.callbacks.size === 0) this.#forget(alarm)
    return true
  }

  #at(due: number): Alarm {
    const before = this.#alarms.get(due)
    if (before) return before
    const alarm = { due, timer: setTimeout(() => this.#ring(due), due - performance.now()), callbacks: new Map() }
    this.#alarms.set(due, alarm)
    return alarm
  }

  #ring(now: number): void {
    const ready: { readonly due: number; readonly callbacks: readonly (() => void)[] }[] = []
    for (const { due, callbacks } of this.#alarms.values()) {
      const own: (() => void)[] = []
      // An iterator would make two objects for each of them.
      callbacks.forEach((early, callback) => {
        if (due - early <= now) own.push(callback)
      })
      if (own.length > 0) ready.push({ due, callbacks: own })
    }
    for (const { due, callbacks } of ready) for (const callback of callbacks) if (this.cancel(due, callback)) callback()
  }

  #forget({ due, timer }: Alarm): void {
    clearTimeout(timer)
    this.#alarms.delete(due)
  }
}
