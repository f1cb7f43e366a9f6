import { onAbort } from '../model/signals.ts'
import { Alarms } from './alarms.ts'
import { DAY, TOO_LATE } from './pulse.ts'

const alarms = new Alarms()
/** No time at which an alarm is due. */
const NEVER = -1
const nothing = (): void => {}

/**
 * The pauses of one registration and the time limits of its heartbeats, one at a time, which its signal ends. One listener, one
 * signal and the same functions for all of them: a thousand registrations would spend more time on those than on heartbeats.
 */
export class Waits implements Disposable {
  readonly #signal: AbortSignal
  readonly #stopListening: () => void
  #limit = newLimit()
  /** When the limit of the heartbeat under way is over; Infinity while there is none. */
  #end = Infinity
  /** When the pause and the limit ring. That of the limit stays when the heartbeat was answered, and is set again when it rings too soon. */
  #pauseDue = NEVER
  #limitDue = NEVER
  #resolve: () => void = nothing
  #reject: (reason: unknown) => void = nothing

  constructor(signal: AbortSignal) {
    this.#signal = signal
    this.#stopListening = onAbort(signal, () => {
      this.#cancel()
      this.#limit.abort(signal.reason)
      this.#reject(signal.reason)
    })
  }

  /** Keeps the process running meanwhile, at most `early` milliseconds less. Rejects with the signal's reason when it is aborted. */
  pause(milliseconds: number, early?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      if (this.#signal.aborted) reject(this.#signal.reason)
      else this.#pauseDue = alarms.set(milliseconds, this.#wake, early)
    })
  }

  readonly #wake = (): void => this.#resolve()

  /** A signal that is aborted after that many milliseconds, unless the limit is lifted before. */
  limit(milliseconds: number): AbortSignal {
    if (this.#limit.signal.aborted && !this.#signal.aborted) this.#limit = newLimit()
    this.#end = performance.now() + milliseconds
    if (this.#limitDue === NEVER && milliseconds !== Infinity) this.#setLimit(milliseconds)
    return this.#limit.signal
  }

  #setLimit(milliseconds: number): void {
    this.#limitDue = alarms.set(Math.min(milliseconds, DAY), this.#late)
  }

  readonly #late = (): void => {
    this.#limitDue = NEVER
    const left = this.#end - performance.now()
    if (left <= 0) this.#limit.abort(new DOMException(TOO_LATE, 'TimeoutError'))
    else if (left !== Infinity) this.#setLimit(left)
  }

  lift(): void {
    this.#end = Infinity
  }

  #cancel(): void {
    alarms.cancel(this.#pauseDue, this.#wake)
    alarms.cancel(this.#limitDue, this.#late)
  }

  [Symbol.dispose](): void {
    this.#cancel()
    this.#stopListening()
  }
}

/** With a listener of its own, so that those that every heartbeat has never are the first or the last. */
function newLimit(): AbortController {
  const limit = new AbortController()
  onAbort(limit.signal, () => {})
  return limit
}
