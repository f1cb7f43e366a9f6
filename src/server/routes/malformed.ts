import type { FastifyInstance } from 'fastify'
import { formatTime } from '../aio-record.ts'
import { success } from '../answer.ts'
import { registryName } from '../registry.ts'
import type { ServerContext } from '../context.ts'
import { answers, malformedRecords } from '../schemas.ts'

/** Records that no client can use; AIO's document has no route for them. */
export function malformedRoutes(app: FastifyInstance, { client, registryOf, malformed, now }: ServerContext): void {
  app.get(
    '/malformed',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'the records that no client can use: which rule they break, why, and what to do',
        response: answers(malformedRecords),
      },
    },
    async (request) => {
      const registry = registryOf(request)
      const found = await malformed.of((service) => registry.maySee(service))
      return success({ registry: registryName(client), ...found, timestamp: formatTime(now()) })
    },
  )
}
