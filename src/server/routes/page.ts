import type { FastifyInstance } from 'fastify'
import { pageFiles } from '../page/files.ts'

/** The page runs only its own files, sends requests only to this server, and cannot be framed. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
}

/** The web page. It is open and knows nothing: what it shows it asks for, with the token that it is given. */
export function pageRoutes(app: FastifyInstance): void {
  for (const { name, type, content } of pageFiles())
    app.get(name === 'index.html' ? '/' : `/page/${name}`, { schema: { hide: true } }, (_, reply) =>
      reply.headers(HEADERS).type(type).send(content),
    )
}
