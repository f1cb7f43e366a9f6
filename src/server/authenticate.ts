import type { FastifyReply, FastifyRequest } from 'fastify'
import { FAILURE } from './answer.ts'
import { ANYBODY, type Identity, hasRole } from './identity.ts'
import { Rate } from './rate.ts'
import { Refusal } from './refusal.ts'

/** Whose tokens count. */
export interface Tokens {
  /** Whose token it is; undefined for nobody's. */
  identify(token: string): Promise<Identity | undefined>
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
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  const [requests, guesses] = [new Rate(perSecond), new Rate(GUESSES)]
  return async (request, reply) => {
    const { role } = request.routeOptions.config
    const isUnknown = request.is404
    if (role === undefined && !isUnknown) return
    const now = performance.now()
    const identity = tokens ? await tokens.identify(tokenOf(request)) : ANYBODY
    if (!identity) throw guesses.take(request.ip, now) ? unauthenticated() : tooMany()
    if (!requests.take(identity.name, now)) throw tooMany()
    request.identity = identity
    if (role !== undefined && !hasRole(identity, role))
      throw new Refusal(FAILURE.forbidden, `the token "${identity.name}" has the role ${identity.role}, not ${role}`)
    const stop = tokens?.onWithdrawn(identity, () => reply.raw.destroy())
    if (stop) reply.raw.once('close', stop)
  }
}

/** @throws Refusal `unauthenticated` */
function tokenOf({ headers }: FastifyRequest): string {
  const [, token] = /^Bearer ([\w.~+/-]{1,512}=*)$/i.exec(headers.authorization ?? '') ?? []
  if (token === undefined) throw new Refusal(FAILURE.unauthenticated, 'a bearer token is needed')
  return token
}

function unauthenticated(): Refusal {
  return new Refusal(FAILURE.unauthenticated, 'the token is not known here')
}

function tooMany(): Refusal {
  return new Refusal(FAILURE.tooMany, 'too many requests: slow down')
}
