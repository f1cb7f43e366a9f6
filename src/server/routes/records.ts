import * as schemas from '../record-schemas.ts'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ChangeRequest, RegisterRequest } from '../../backends/http/wire.ts'
import { aioRecord } from '../aio-record.ts'
import { FAILURE, success } from '../answer.ts'
import type { ServerContext, Write } from '../context.ts'
import { EventStream } from '../event-stream.ts'
import type { FeedEvent } from '../feed.ts'
import { type RecordChangeKind, changeRecords } from '../record-changes.ts'
import { recordLines, entryOf, wireChanges, wireRecord } from '../wire-record.ts'
import { RefusedRequest } from '../refusal.ts'
import type { ScopedRegistry } from '../registry.ts'
import { describeRegistry, registerRecords } from '../register.ts'
import { answers, bareAnswers } from '../schemas.ts'
import { STREAMS } from './watch.ts'

interface Reading {
  Querystring: {
    readonly service?: string | readonly string[]
    readonly detail?: 'true' | 'false'
    readonly structure?: 'true' | 'false'
  }
}

const reads = { config: { role: 'viewer' } } as const
const CHANGES = [
  ['remove', 'unregister', schemas.recordMarks, 'remove records as they were seen'],
  ['renew', 'renew', schemas.recordMarks, 'a heartbeat for each record'],
  ['status', 'offline', schemas.recordStatus, 'take instances out of traffic, or back'],
] as const satisfies readonly (readonly [RecordChangeKind, Write['action'], object, string])[]

/** Beside the document: the registry record by record, for another rollcall. */
export function recordRoutes(app: FastifyInstance, context: ServerContext): void {
  const { client, registryOf, now, explain } = context

  app.get(
    '/capabilities',
    { ...reads, schema: { summary: 'what the registry supports', response: answers(schemas.open) } },
    (request) => success(describeRegistry(registryOf(request))),
  )

  app.get<Reading>(
    '/records',
    {
      ...reads,
      schema: {
        summary: 'every record of the registry itself, malformed ones too, as lines of JSON',
        querystring: schemas.recordsQuery,
        response: bareAnswers('application/x-ndjson', 'records'),
      },
    },
    async (request, reply) => {
      const { query } = request
      const registry = registryOf(request)
      const scope = scopeOf(request, registry)
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const options = { detail: query.detail === 'true', structure: query.structure === 'true', signal: gone.signal }
      const lines = await recordLines({ registry, now, explain }, scope, options)
      return reply.type('application/x-ndjson').send(Readable.from(lines))
    },
  )

  app.post<{ Body: RegisterRequest }>(
    '/records',
    {
      config: { role: 'editor', write: 'register' },
      schema: { summary: 'register an instance as it is', body: schemas.registration, response: answers(schemas.open) },
    },
    async (request) => {
      const { id, name } = request.body.instance
      const { answer, after } = await registerRecords(registryOf(request), request.body, now)
      context.audit(request, { action: 'register', service: name, id, ...(after && { after: aioRecord(after) }) })
      return success(answer)
    },
  )

  for (const [kind, action, body, summary] of CHANGES) {
    app.post<{ Body: ChangeRequest }>(
      `/records/${kind}`,
      { config: { role: 'editor', write: action }, schema: { summary, body, response: answers(schemas.outcomes) } },
      async (request) => {
        const registry = registryOf(request)
        for (const { service } of request.body.records) registry.require(service)
        const { outcomes, before } = await changeRecords(registry, kind, request.body, explain)
        for (const record of before) {
          const reading = client.backend.read(record, now())
          const entry = reading.is === 'instance' ? entryOf(record, reading) : undefined
          const id = entry?.instance.id ?? record.id
          const seen = entry && { before: aioRecord(entry) }
          context.audit(request, { action, service: record.service, id, ...seen })
        }
        if (kind !== 'renew') return success(outcomes)
        const seen = new Map(before.map((record) => [record.id, wireRecord(client, record, now())]))
        return success(outcomes.map((outcome) => Object.assign({ before: seen.get(outcome.id) }, outcome)))
      },
    )
  }

  app.get<Reading>(
    '/records/watch',
    {
      config: { role: 'viewer', stream: true },
      schema: {
        summary: 'changes of records from now on, or since Last-Event-ID, as server-sent events',
        querystring: schemas.recordWatchQuery,
        produces: ['text/event-stream'],
      },
    },
    (request, reply) => watchRecords(context, request, reply),
  )
}

/** `synced`, then `changes` with their revision as the event's id; `gap` and the end where what was missed is not known. */
function watchRecords(
  { client, live, registryOf, now }: ServerContext,
  request: FastifyRequest<Reading>,
  reply: FastifyReply,
): void {
  const registry = registryOf(request)
  const { services } = scopeOf(request, registry)
  if (!live.synced) throw new RefusedRequest(FAILURE.unreachable, 'the registry has not been read yet')
  if (live.feed.listeners >= STREAMS) throw new RefusedRequest(FAILURE.tooMany, `${STREAMS} streams are open already`)
  const isWanted = (service: string) => services?.includes(service) ?? registry.maySee(service)
  const last = request.headers['last-event-id']
  reply.hijack()
  const stream = new EventStream(reply.raw, {})
  const send = (event: FeedEvent): void => {
    const id = 'revision' in event ? event.revision : undefined
    if (event.type === 'synced') return
    if (event.type === 'gap') stream.send('gap', { message: event.message })
    else if (isWanted(serviceOf(event))) stream.send('changes', wireChanges(client, event, now()), id)
    else if (id !== undefined) stream.send('changes', { put: [], removed: [] }, id)
  }
  const missed = typeof last === 'string' ? live.feed.since(last) : []
  if (!missed) stream.send('gap', { message: 'this server does not know what happened since then' })
  stream.send('synced', {}, typeof last === 'string' ? undefined : live.revision)
  for (const event of missed ?? []) send(event)
  const stop = live.feed.listen(send, () => stream.end('server is shutting down; retry later'))
  stream.onClose(stop)
}

function serviceOf(event: Exclude<FeedEvent, { type: 'synced' | 'gap' }>): string {
  return event.type === 'malformed' ? event.malformed.service : event.entry.service
}

/** @throws RefusedRequest `forbidden` for a service that the token is not for */
function scopeOf({ query }: FastifyRequest<Reading>, registry: ScopedRegistry): { services?: readonly string[] } {
  if (query.service === undefined) return {}
  const services = [query.service].flat()
  for (const service of services) registry.require(service)
  return { services }
}
