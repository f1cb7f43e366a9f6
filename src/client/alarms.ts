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
   * Returns how to cancel it.
   */
  set(milliseconds: number, callback: () => void, early = 0): () => void {
    const step = 2 ** Math.max(0, Math.floor(Math.log2(milliseconds / EXACTNESS)))
    const due = Math.ceil((performance.now() + milliseconds) / step) * step
    const alarm = this.#at(due)
    alarm.callbacks.set(callback, early)
    return () => void this.#take(alarm, callback)
  }

  #at(due: number): Alarm {
    const before = this.#alarms.get(due)
    if (before) return before
    const alarm = { due, timer: setTimeout(() => this.#ring(due), due - performance.now()), callbacks: new Map() }
    this.#alarms.set(due, alarm)
    return alarm
  }

  #ring(now: number): void {
    const ready: [Alarm, () => void][] = []
    for (const alarm of this.#alarms.values())
      for (const [callback, early] of alarm.callbacks) if (alarm.due - early <= now) ready.push([alarm, callback])
    for (const [alarm, callback] of ready) if (this.#take(alarm, callback)) callback()
  }

  /** Whether it was still to be called. */
  #take({ due, timer, callbacks }: Alarm, callback: () => void): boolean {
    const wasThere = callbacks.delete(callback)
    if (wasThere && callbacks.size === 0) {
      clearTimeout(timer)
      this.#alarms.delete(due)
    }
    return wasThere
  }
}
