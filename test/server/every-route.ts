import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import type { Role } from '../../src/server/authenticate.ts'

/** A route as the server has it. */
export interface ServedRoute {
  /** `PUT /registry/services/:id/renew`. */
  readonly line: string
  readonly method: string
  readonly url: string
  /** Undefined: it is open to everybody. */
  readonly role: Role | undefined
  readonly isStream: boolean
}

interface Added {
  readonly method: string | readonly string[]
  readonly url: string
  readonly config?: { readonly role?: Role; readonly stream?: true } | undefined
}

/**
 * The routes of every server that is made while `make` runs, as Fastify itself tells of them, so that none can be left out of a
 * test. What only answers that a method is not here has several methods, and is none.
 */
export async function withRoutes<Made>(make: () => Promise<Made>): Promise<{ made: Made; routes: ServedRoute[] }> {
  const routes: ServedRoute[] = []
  const look = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', ({ method, url, config }: Added) => {
      const [only = '', ...others] = [method].flat()
      if (others.length > 0 || only === 'HEAD') return
      routes.push({ line: `${only} ${url}`, method: only, url, role: config?.role, isStream: config?.stream ?? false })
    })
  }
  subscribe('fastify.initialization', look)
  try {
    return { made: await make(), routes }
  } finally {
    unsubscribe('fastify.initialization', look)
  }
}
