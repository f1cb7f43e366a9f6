import type { FastifyRequest } from 'fastify'
import { FAILURE } from './answer.ts'
import { ANYBODY, type Identity, hasRole } from './identity.ts'
import { Rate } from './rate.ts'
import { Refusal } from './refusal.ts'

/** Whose token it is; undefined where nobody is asked for one. */
export type Identify = (token: string) => Promise<Identity | undefined>

/** Wrong tokens a second from one address. */
const GUESSES = 10

/** What every request has to pass before it is looked at: who asks, how often, and whether he may. */
export function authentication(
  identify: Identify | undefined,
  perSecond: number,
): (request: FastifyRequest) => Promise<void> {
  const [requests, guesses] = [new Rate(perSecond), new Rate(GUESSES)]
  return async (request) => {
    const { role } = request.routeOptions.config
    const isUnknown = request.is404
    if (role === undefined && !isUnknown) return
    const now = performance.now()
    const identity = identify ? await identify(tokenOf(request)) : ANYBODY
    if (!identity) throw guesses.take(request.ip, now) ? unauthenticated() : tooMany()
    if (!requests.take(identity.name, now)) throw tooMany()
    request.identity = identity
    if (role !== undefined && !hasRole(identity, role))
      throw new Refusal(FAILURE.forbidden, `the token "${identity.name}" has the role ${identity.role}, not ${role}`)
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
