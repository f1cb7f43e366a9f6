/** The longest that a timer can wait, in milliseconds. */
export const LONGEST = 2 ** 31 - 1

/** What a signal was made of, for as long as that is used itself. */
const sources = new WeakMap<AbortSignal, readonly AbortSignal[]>()

/**
 * A signal that is aborted with the first of these. Node 20 forgets an `AbortSignal.timeout` that is part of an
 * `AbortSignal.any` when it collects garbage, and what waits for that waits for ever: so it is kept here.
 */
export function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  const given = signals.filter((signal) => signal !== undefined)
  const [only, ...others] = given
  if (only && others.length === 0) return only
  const any = AbortSignal.any(given)
  sources.set(any, given)
  return any
}

/** A signal that is aborted after so many milliseconds, or with the given one. It keeps no process running. */
export function within(milliseconds: number, signal?: AbortSignal): AbortSignal {
  return anyOf(AbortSignal.timeout(Math.min(Math.ceil(milliseconds), LONGEST)), signal)
}

/** The promise, or the signal's reason as soon as it is aborted. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    const settled = (): void => signal.removeEventListener('abort', stop)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    promise.then(resolve, reject).finally(settled)
  })
}
