import { glob } from '../reports/glob.ts'
import { FAILURE } from './answer.ts'
import { Refusal } from './refusal.ts'

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

export function maySee({ services }: Identity, service: string): boolean {
  return services.length === 0 || services.some((pattern) => glob(pattern)(service))
}

/** @throws Refusal `forbidden` for a service outside of what the token is for. */
export function requireService(identity: Identity, service: string): void {
  if (maySee(identity, service)) return
  throw new Refusal(FAILURE.forbidden, `the token "${identity.name}" is not for the service "${service}"`)
}
