import { vi } from 'vitest'

/** As long as `expect.poll` waits: a busy machine is slow, and a condition that holds at last is what counts. */
const TIMEOUT = 20_000

/** Resolves with what `check` answers once it no longer throws; rejects with its last error when that takes too long. */
export function eventually<T>(
  check: () => T | Promise<T>,
  options: { readonly timeout?: number; readonly interval?: number } = {},
): Promise<T> {
  return vi.waitFor(check, { timeout: TIMEOUT, ...options })
}
