import type { FastifyInstance, HTTPMethods } from 'fastify'
import { FAILURE } from './answer.ts'
import { Refusal } from './refusal.ts'

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY']

/** Every route that is added from now on; `refuseOthers` answers the methods that its URL does not have, and names those it has. */
export function knownMethods(app: FastifyInstance): { refuseOthers(): void } {
  const byUrl = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    const methods = byUrl.get(url) ?? new Set()
    for (const each of [method].flat()) methods.add(each)
    byUrl.set(url, methods)
  })
  return {
    refuseOthers() {
      for (const [url, own] of byUrl) {
        const allow = [...own].toSorted().join(', ')
        app.route({
          method: METHODS.filter((method) => !own.has(method)),
          url,
          schema: { hide: true },
          config: { role: 'viewer' },
          // Before a body is looked for: a method that is not here needs none.
          async onRequest({ method }, reply) {
            reply.header('allow', allow)
            throw new Refusal(FAILURE.methodNotAllowed, `${method} is not for this path; it has ${allow}`)
          },
          handler() {},
        })
      }
    },
  }
}
