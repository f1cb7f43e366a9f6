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
 * What is called when a signal is aborted, with one listener for all of it. There is no listener while there is nothing to call:
 * Node would keep a signal that is made of others in memory for it.
 */
class Listener {
  readonly #signal: AbortSignal
  readonly #acts = new Set<() => void>()
  readonly #act = (): void => {
    const acts = [...this.#acts] // what is added now comes too late
    for (const act of acts) if (this.#acts.delete(act)) callAlone(act)
  }

  constructor(signal: AbortSignal) {
    this.#signal = signal
    setMaxListeners(0, signal)
  }

  add(act: () => void): void {
    if (this.#acts.size === 0) this.#signal.addEventListener('abort', this.#act, { once: true })
    this.#acts.add(act)
  }

  delete(act: () => void): void {
    if (this.#acts.delete(act) && this.#acts.size === 0) this.#signal.removeEventListener('abort', this.#act)
  }
}

/** What it throws keeps no other from being called, as with a listener each. */
function callAlone(act: () => void): void {
  try {
    act()
  } catch (error) {
    process.nextTick(() => {
      throw error
    })
  }
}

const listeners = new WeakMap<AbortSignal, Listener>()
const nothing = (): void => {}

/**
 * Calls once when a signal is aborted; returns how to stop listening. Any number of calls may be under way with one signal, and a
 * listener for each of them would cost more than many a call does besides: they have one together.
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (!signal) return nothing
  let listener = listeners.get(signal)
  if (!listener) listeners.set(signal, (listener = new Listener(signal)))
  listener.add(act)
  return () => listener.delete(act)
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
