import { describe, inject } from 'vitest'
import type { Provisioned } from './kinds.ts'

/** `describe` for tests that start, freeze and end a server of that kind. Without one they are skipped, and the title says why. */
export function describeWith(kind: string, title: string, tests: () => void): void {
  const { missing, programs, endpoint } = find(kind)
  if (programs) describe(title, tests)
  else describe.skip(`${title} (${missing ?? `the ${kind} at ${endpoint} is not ours to stop`})`, tests)
}

/** `describe` for tests that only talk to a server, which may be one that runs already. */
export function describeAt(kind: string, title: string, tests: () => void): void {
  const { missing } = find(kind)
  if (missing === undefined) describe(title, tests)
  else describe.skip(`${title} (${missing})`, tests)
}

export function serverOf(kind: string): Provisioned {
  const { missing, ...server } = find(kind)
  if (missing !== undefined) throw new Error(missing)
  return server
}

function find(kind: string): Provisioned & { readonly missing?: string } {
  return inject('servers')[kind] ?? { missing: `no server of the kind ${kind} is known` }
}
