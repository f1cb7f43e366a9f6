import { glob } from '../reports/glob.ts'
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { FAILURE } from './answer.ts'
import { RefusedRequest } from './refusal.ts'

/** Whose tokens count. */
export interface Tokens {
  /** The identity of a token, at once where nothing has to be read for it; undefined for an unknown token. */
  identify(token: string): Identity | undefined | Promise<Identity | undefined>
  /**
   * Calls once when a token no longer stands for this: it was removed, or has another role, or is for other services.
   * Returns how to stop listening.
   */
  onWithdrawn(identity: Identity, withdrawn: () => void): () => void
}

/** Wrong tokens a second from one address. */
const GUESSES = 10

/**
 * What every request has to pass before it is looked at: who asks, how often, and whether the role is enough. An answer that is
 * still under way when its token is withdrawn, a stream above all, is broken off.
 */
export function authentication(
  tokens: Tokens | undefined,
  perSecond: number,
): (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void | Promise<void> {
  const [requests, guesses] = [new Rate(perSecond), new Rate(GUESSES)]
  const admit = (request: FastifyRequest, reply: FastifyReply, role?: Role, identity?: Identity): void => {
    const now = performance.now()
    if (!identity) throw guesses.take(request.ip, now) ? unauthenticated() : tooMany()
    if (!requests.take(identity.name, now)) throw tooMany()
    request.identity = identity
    if (role !== undefined && !hasRole(identity, role))
      throw new RefusedRequest(
        FAILURE.forbidden,
        `the token "${identity.name}" has the role ${identity.role}, not ${role}`,
      )
    const stop = tokens?.onWithdrawn(identity, () => reply.raw.destroy())
    if (stop) reply.raw.once('close', stop)
  }
  return (request, reply, done) => {
    const { role } = request.routeOptions.config
    if (role === undefined && !request.is404) return done()
    const identity = tokens ? tokens.identify(tokenOf(request)) : ANYBODY
    if (identity instanceof Promise) return identity.then((found) => admit(request, reply, role, found))
    admit(request, reply, role, identity)
    return done()
  }
}

/** @throws RefusedRequest `unauthenticated` */
function tokenOf({ headers }: FastifyRequest): string {
  const [, token] = /^Bearer ([\w.~+/-]{1,512}=*)$/i.exec(headers.authorization ?? '') ?? []
  if (token === undefined) throw new RefusedRequest(FAILURE.unauthenticated, 'a bearer token is needed')
  return token
}

function unauthenticated(): RefusedRequest {
  return new RefusedRequest(FAILURE.unauthenticated, 'the token is not known here')
}

function tooMany(): RefusedRequest {
  return new RefusedRequest(FAILURE.tooMany, 'too many requests: slow down')
}

/** Who is remembered at most; then all are forgotten, which lets a few more through and bounds the memory. */
const REMEMBERED = 10_000

/** So many requests a second for each who asks, and twice as many at once. */
class Rate {
  readonly #perSecond: number
  readonly #buckets = new Map<string, { left: number; at: number }>()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Whether one more may pass at this time (milliseconds). */
  take(who: string, now: number): boolean {
    if (this.#buckets.size >= REMEMBERED) this.#buckets.clear()
    const full = 2 * this.#perSecond
    let bucket = this.#buckets.get(who)
    if (!bucket) this.#buckets.set(who, (bucket = { left: full, at: now }))
    const refilled = Math.min(full, bucket.left + ((now - bucket.at) / 1000) * this.#perSecond)
    bucket.left = Math.max(0, refilled - 1)
    bucket.at = now
    return refilled >= 1
  }
}

/** What each may do, and all that those before it may: read · write · the routes below /registry/admin. */
export const ROLES = ['viewer', 'editor', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** The sender of a request, as far as the server knows it. */
export interface Identity {
  readonly name: string
  readonly role: Role
  /** Names or globs of services; none: all services. */
  readonly services: readonly string[]
}

/** The identity of every request to a server without tokens. */
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
