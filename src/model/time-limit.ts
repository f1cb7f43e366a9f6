/** The longest that a timer can wait, in milliseconds. */
export const LONGEST = 2 ** 31 - 1

/**
 * A signal that is aborted after so many milliseconds, or with the given one. It keeps no process running. Node 20 forgets
 * the time of an `AbortSignal.timeout` within an `AbortSignal.any` when it collects garbage, and never aborts that.
 */
export function within(milliseconds: number, signal?: AbortSignal): AbortSignal {
  const end = new AbortController()
  const late = (): void => end.abort(new DOMException('the time is up', 'TimeoutError'))
  setTimeout(late, Math.min(Math.ceil(milliseconds), LONGEST)).unref()
  return signal ? AbortSignal.any([end.signal, signal]) : end.signal
}
