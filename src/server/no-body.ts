import type { FastifyRequest } from 'fastify'

const OF_BODIES = ['content-type', 'content-length', 'transfer-encoding'] as const

/**
 * Of routes that take no body: whatever comes with a request is passed over, whatever type it has, and whether it is empty or not,
 * as AIO's own server does. Many clients send a content type with every request.
 */
export const noBody = {
  async onRequest({ raw }: FastifyRequest): Promise<void> {
    for (const name of OF_BODIES) delete raw.headers[name]
  },
} as const
