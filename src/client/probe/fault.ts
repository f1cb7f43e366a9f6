import { formatDuration } from '../../model/duration.ts'
import { messageOf } from '../../model/errors.ts'

/** Nothing was connected to, so nothing can be said of what it speaks. */
const UNCONNECTED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  EHOSTUNREACH: 'has a host that cannot be reached',
  ENETUNREACH: 'lies in a network that cannot be reached',
  ETIMEDOUT: 'did not answer',
  ENOTFOUND: 'has a host that no DNS knows',
  EAI_AGAIN: 'has a host that DNS cannot look up now',
}

/** Whether nothing was connected to. */
export function isUnconnected(error: unknown): boolean {
  return codeOf(error) in UNCONNECTED
}

/** What an endpoint did that did not answer as it should: `refused the connection`, … */
export function faultOf(error: unknown): string {
  // OpenSSL's own messages name source files.
  const why = error instanceof Error && 'reason' in error ? String(error.reason) : messageOf(error)
  return UNCONNECTED[codeOf(error)] ?? `speaks another protocol: ${why}`
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** The same, of one that said nothing for so many milliseconds. */
export function silentFor(timeout: number): string {
  return `did not answer in ${timeout < 1000 ? `${timeout}ms` : formatDuration(timeout)}`
}
