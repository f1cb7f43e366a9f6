import { describe, inject } from 'vitest'
import type { Provisioned } from './kinds.ts'

/** `describe` for tests that need a server of that kind; without one they are skipped, and their title says why. */
export function describeWith(kind: string, title: string, tests: () => void): void {
  const server = inject('servers')[kind]
  if (server && !('missing' in server)) describe(title, tests)
  else describe.skip(`${title} (${server?.missing ?? `no server of the kind ${kind} is known`})`, tests)
}

export function serverOf(kind: string): Provisioned {
  const server = inject('servers')[kind]
  if (!server || 'missing' in server) throw new Error(server?.missing ?? `no server of the kind ${kind} is known`)
  return server
}
