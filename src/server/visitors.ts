import { isIP } from 'node:net'
import { hostname } from 'node:os'
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { isLoopback } from '../model/address.ts'
import { glob } from '../reports/glob.ts'
import { FAILURE } from './answer.ts'
import { RefusedRequest } from './refusal.ts'

export interface VisitorOptions {
  /** Where the server listens: a name or an IP address. */
  readonly host: string
  /** Further names that it answers to; `*` and `?` match. */
  readonly allowHosts?: readonly string[]
  /** Origins of the web pages, beside its own, that may read its answers and change something; `*`: of every page. */
  readonly corsOrigins?: readonly string[]
}

/** Methods that change nothing. */
const READING = new Set(['GET', 'HEAD', 'OPTIONS'])
const HOST = /^(?:\[([\da-f:.]+)\]|([^\s:/?#@[\]\\]{1,255}?)\.?)(?::\d{0,5})?$/i

const SHOWN = 'x-rollcall-revision, x-rollcall-stale, allow'
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
  'access-control-allow-headers': 'authorization, content-type, last-event-id',
  'access-control-max-age': '600',
} as const

/**
 * Refuses requests that web pages of other sites make through the browser of a user who can reach this server. A page whose own name was made
 * to lead here (DNS rebinding) comes with that name as the host, so only known names are answered; an IP address cannot be made
 * to lead elsewhere, and is one. What any other page sends comes with its origin, and changes nothing.
 */
export function visitors(
  options: VisitorOptions,
): (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void {
  const isKnown = hostsOf(options)
  const origins = new Set(options.corsOrigins ?? [])
  const isWelcome = (origin: string) => origins.has('*') || origins.has(origin)
  /** The host of the last request that was answered: most come to the same one. */
  let usual: string | undefined
  return ({ method, headers }, reply, done) => {
    const { host, origin } = headers
    // Only programs that speak HTTP/1.0 send none: no browser does.
    if (host !== undefined && host !== usual && !isKnown(nameIn(host))) throw unknownHost(host)
    usual = host
    if (origins.size > 0) reply.raw.setHeader('vary', 'origin')
    if (origin !== undefined && isWelcome(origin)) {
      reply.raw.setHeader('access-control-allow-origin', origins.has('*') ? '*' : origin)
      reply.raw.setHeader('access-control-expose-headers', SHOWN)
      if (method === 'OPTIONS' && headers['access-control-request-method'] !== undefined) {
        void reply.code(204).headers(PREFLIGHT).send()
        return
      }
    } else if (!READING.has(method) && isForeign(headers)) throw foreign(origin)
    done()
  }
}

function hostsOf({ host, allowHosts = [] }: VisitorOptions): (name: string | undefined) => boolean {
  const own = isLoopback(host) ? [] : [hostname(), hostname().split('.')[0] ?? '']
  const names = new Set([host, ...own].map((name) => name.toLowerCase()))
  const further = allowHosts.map((pattern) => glob(pattern.toLowerCase()))
  return (name) =>
    name !== undefined &&
    (isIP(name) !== 0 || isLoopback(name) || names.has(name) || further.some((matches) => matches(name)))
}

/** The name or address in a Host header, without its port; undefined for what is not a host. */
function nameIn(host: string): string | undefined {
  const [, address, name] = HOST.exec(host) ?? []
  return (address ?? name)?.toLowerCase()
}

/** Whether a browser reports that a page of another site sends the request. */
function isForeign({ host, origin, 'sec-fetch-site': site }: FastifyRequest['headers']): boolean {
  if (origin === undefined) return site === 'cross-site' || site === 'same-site'
  return origin.replace(/^https?:\/\//, '').toLowerCase() !== host?.toLowerCase()
}

function unknownHost(host: string): RefusedRequest {
  const name = nameIn(host)
  const hint = name === undefined ? '' : `; if that is a name of this server, start it with --allow-host ${name}`
  return new RefusedRequest(FAILURE.forbidden, `this server does not answer to the host "${host.slice(0, 300)}"${hint}`)
}

function foreign(origin = 'another site'): RefusedRequest {
  return new RefusedRequest(
    FAILURE.forbidden,
    `web pages of ${origin.slice(0, 300)} cannot change anything here; --cors-origin allows an origin`,
  )
}
