import { glob } from '../reports/glob.ts'

/** What each may do, and all that those before it may: read · write · the routes below /registry/admin. */
export const ROLES = ['viewer', 'editor', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Who asks, as far as the server knows. */
export interface Identity {
  readonly name: string
  readonly role: Role
  /** Names or globs of services; none: all services. */
  readonly services: readonly string[]
}

/** Everybody, where nobody is asked who he is. */
export const ANYBODY: Identity = { name: 'anybody', role: 'admin', services: [] }

export function hasRole({ role }: Identity, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}

export function isForAll({ services }: Identity): boolean {
  return services.length === 0
}

export function maySee({ services }: Identity, service: string): boolean {
  return services.length === 0 || services.some((pattern) => glob(pattern)(service))
}
