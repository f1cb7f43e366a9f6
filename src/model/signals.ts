import { setMaxListeners } from 'node:events'

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

/** A signal that is aborted after that many milliseconds, or with the given signal. It does not keep the process running. */
export function within(milliseconds: number, signal?: AbortSignal): AbortSignal {
  return anyOf(AbortSignal.timeout(Math.min(Math.ceil(milliseconds), LONGEST)), signal)
}

/**
 * Calls once when a signal is aborted; returns how to stop listening. Any number of calls may be under way with one signal: that
 * is not a leak, although Node would warn of one above ten.
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (!signal) return () => {}
  setMaxListeners(0, signal)
  signal.addEventListener('abort', act, { once: true })
  return () => signal.removeEventListener('abort', act)
}

/** The promise, or the signal's reason as soon as it is aborted. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(signal.reason)
    const settled = onAbort(signal, stop)
    if (signal.aborted) stop()
    promise.then(resolve, reject).finally(settled)
  })
}
