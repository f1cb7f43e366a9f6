import type { Registration } from '../backends/contract/backend.ts'
import { messageOf } from '../model/errors.ts'
import { onAbort, within } from '../model/signals.ts'
import { Alarms } from './alarms.ts'
import { backOff, pause } from '../model/back-off.ts'
import type { Source } from './source.ts'

/** Tries of one heartbeat, and the milliseconds between them, before it backs off; as AIO's clients have it. */
const TRIES = 3
const APART = 1_000

const TOO_LATE = 'no answer before the lifetime was over'

/** Milliseconds; a timer cannot wait for more than 24 of them. */
const DAY = 86_400_000

/**
 * Sends heartbeats until the registration is lost; resolves with the reason. It is also lost when no heartbeat got through
 * for as long as the registry grants, unless the registry itself reports that it is alive: answers can come late, or never.
 * Throws the signal's reason when it is aborted.
 */
export async function beatUntilLost(
  registration: Pick<Registration, 'beat' | 'beatEvery' | 'beatEarly' | 'expiresAt' | 'remaining'>,
  { logger, now }: Pick<Source, 'logger' | 'now'>,
  signal: AbortSignal,
): Promise<string> {
  if (!registration.beat || registration.beatEvery === undefined) return await standBy(signal)
  const left = (): number => (registration.expiresAt ?? Infinity) - now()
  const beatEvery = Math.min(registration.beatEvery, DAY)
  // Of many that are registered together, the first may have waited long for the last.
  let isLate = left() <= beatEvery
  let lifetime = Math.max(left(), beatEvery)
  let deadline = performance.now() + lifetime
  using waits = new Waits(signal)
  for (let failed = 0; ; ) {
    const wait = isLate ? 0 : failed === 0 ? beatEvery : delayAfter(failed, beatEvery)
    isLate = false
    const early = failed === 0 ? registration.beatEarly : undefined
    await waits.pause(Math.max(0, Math.min(wait, deadline - performance.now())), early)
    const sentAt = performance.now()
    if (sentAt >= deadline) {
      const remaining = await remainingOf(registration, beatEvery, signal)
      if (remaining === 0) return `no heartbeat got through in ${Math.round(lifetime / 1000)}s`
      logger.debug(`no heartbeat was answered, and the registry has kept it for ${Math.round(remaining / 1000)}s more`)
      deadline = sentAt + remaining
      continue
    }
    const inTime = waits.limit(deadline - sentAt)
    try {
      if ((await registration.beat(inTime)) === 'lost') return 'the registry no longer has it'
      lifetime = Math.max(lifetime, left())
      deadline = sentAt + lifetime
      failed = 0
    } catch (error) {
      signal.throwIfAborted()
      failed += 1
      logger.warn(`heartbeat failed: ${inTime.aborted ? TOO_LATE : messageOf(error)}`)
    } finally {
      waits.lift()
    }
  }
}

/** Milliseconds that a registration has left although its heartbeats were not answered; 0 when the registry does not report any. */
async function remainingOf(
  { remaining }: Pick<Registration, 'remaining'>,
  patience: number,
  signal: AbortSignal,
): Promise<number> {
  try {
    return (await remaining?.(within(patience, signal))) ?? 0
  } catch {
    signal.throwIfAborted()
    return 0
  }
}

function delayAfter(failed: number, beatEvery: number): number {
  if (failed < TRIES) return Math.min(APART, beatEvery / 4)
  return backOff(failed - TRIES + 1, { first: beatEvery / 4, most: beatEvery / 2 })
}

/** A registration without heartbeats is kept by its connection or needs no keeping; the process keeps running all the same. */
async function standBy(signal: AbortSignal): Promise<never> {
  for (;;) await pause(DAY, signal)
}

const alarms = new Alarms()
/** No time at which an alarm is due. */
const NEVER = -1
const nothing = (): void => {}

/**
 * The pauses of one registration and the time limits of its heartbeats, one at a time, which its signal ends. One listener, one
 * signal and the same functions for all of them: a thousand registrations would spend more time on those than on heartbeats.
 */
class Waits implements Disposable {
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
