import { setMaxListeners } from 'node:events'

/** The promise; or its refusal with the signal's reason, or with `late()` after so many milliseconds, whichever comes first. */
export function within<T>(
  promise: Promise<T>,
  { milliseconds, late, signal }: { milliseconds: number; late: () => Error; signal?: AbortSignal | undefined },
): Promise<T> {
  // Hundreds of requests may hang on one signal: that is no leak.
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

/** So many milliseconds, or until the signal is aborted. */
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
