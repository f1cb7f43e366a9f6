import type { FastifyInstance } from 'fastify'
import type { InstanceEntry } from '../../model/reading.ts'
import { aioRecord, protocolsOf } from '../aio-record.ts'
import type { ServerContext } from '../context.ts'
import type { ServerMetrics } from '../metrics.ts'
import { bareAnswers, state, targets, targetsQuery } from '../schemas.ts'

interface Targeting {
  Querystring: { readonly service?: string; readonly protocol?: string }
}

/** What those ask who run the server: probes and Prometheus. */
export function operationRoutes(
  app: FastifyInstance,
  { live, registryOf }: ServerContext,
  metrics: ServerMetrics,
): void {
  app.get('/healthz', { schema: { summary: 'whether the server runs', response: { 200: state } } }, () => ({
    status: 'ok',
  }))

  app.get(
    '/readyz',
    { schema: { summary: 'whether it has read the registry', response: { 200: state, 503: state } } },
    (_, reply) => {
      const { synced, stale } = live
      if (!synced) return reply.code(503).send({ status: 'the registry has not been read yet' })
      return reply.send({ status: stale ? 'registry unreachable; serving the last known state' : 'ok' })
    },
  )

  app.get(
    '/metrics',
    {
      config: { role: 'viewer' },
      schema: { summary: 'for Prometheus', response: bareAnswers('text/plain', 'metrics') },
    },
    async (request, reply) => {
      registryOf(request).requireAllServices('the metrics are')
      return reply.type(metrics.contentType).send(await metrics.text())
    },
  )

  app.get<Targeting>(
    '/sd/prometheus',
    {
      config: { role: 'viewer' },
      schema: {
        summary: "Prometheus' HTTP service discovery: what is up",
        querystring: targetsQuery,
        response: bareAnswers('application/json', 'target groups', targets),
      },
    },
    async (request) => {
      const { service, protocol } = request.query
      const registry = registryOf(request)
      const found = service ? await registry.instances(service, false) : await registry.all(false)
      return found
        .filter(({ observed }) => observed.status === 'up')
        .filter((entry) => !protocol || protocolsOf(entry).includes(protocol))
        .map((entry) => targetOf(entry, protocol))
    },
  )
}

/** One instance as a target group, so that its labels are its own. */
function targetOf(entry: InstanceEntry, protocol: string | undefined) {
  const { id, name, address, env, metadata, protocol: scheme } = aioRecord(entry, protocol)
  const labels = { service: name, id, env, protocol: scheme, version: entry.instance.version }
  const named = Object.entries(metadata).map(([key, value]) => [`metadata_${key.replaceAll(/\W/g, '_')}`, value])
  const all = [...named, ...Object.entries(labels)].map(([key, value]) => [`__meta_rollcall_${key}`, value])
  return { targets: [address], labels: Object.fromEntries(all) }
}
