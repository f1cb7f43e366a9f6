import { setMaxListeners } from 'node:events'

/**
 * Settles like the promise, or rejects with the signal's reason or, after `milliseconds`, with `late()`, whichever comes
 * first.
 */
export function within<T>(
  promise: Promise<T>,
  { milliseconds, late, signal }: { milliseconds: number; late: () => Error; signal?: AbortSignal | undefined },
): Promise<T> {
  // Hundreds of requests can share one signal without a leak.
  if (signal) setMaxListeners(0, signal)
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), milliseconds)
    const stop = (): void => reject(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    promise.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    })
  })
}

/** Resolves after that many milliseconds, or when the signal is aborted. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
}
