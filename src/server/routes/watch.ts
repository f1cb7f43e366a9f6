import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { InstanceEntry } from '../../model/reading.ts'
import { aioRecord } from '../aio-record.ts'
import { FAILURE } from '../answer.ts'
import type { ServerContext } from '../context.ts'
import { EventStream, type StreamEvent } from '../event-stream.ts'
import type { FeedEvent } from '../feed.ts'
import { RefusedRequest } from '../refusal.ts'
import { bareAnswers, watchQuery } from '../schemas.ts'
import { viewOf } from '../instance-view.ts'

interface Watching {
  Params: { readonly service?: string }
  Querystring: { readonly as?: 'record' | 'instance' }
}

/** Which instances a reader gets, and what of each. */
interface Reader {
  readonly wants: (entry: InstanceEntry) => boolean
  readonly shown: (entry: InstanceEntry) => object
}

/** Streams that may be open at the same time. */
export const STREAMS = 5_000

/**
 * The registry, or one service, as server-sent events: `snapshot` for every instance, `synced`, then `added`, `updated` and
 * `removed` as they come. A client that reconnects with Last-Event-ID gets what it missed, or a snapshot again.
 */
export function watchRoutes(app: FastifyInstance, { client, live, registryOf }: ServerContext): void {
  const watch = (request: FastifyRequest<Watching>, reply: FastifyReply): void => {
    const { service } = request.params
    const registry = registryOf(request)
    if (service !== undefined) registry.require(service)
    if (!live.synced) throw new RefusedRequest(FAILURE.unreachable, 'the registry has not been read yet')
    if (live.feed.listeners >= STREAMS) throw new RefusedRequest(FAILURE.tooMany, `${STREAMS} streams are open already`)
    const reader: Reader = {
      wants: ({ service: of }) => (service === undefined ? registry.maySee(of) : of === service),
      shown: request.query.as === 'instance' ? (entry) => viewOf(client, entry) : aioRecord,
    }
    const last = request.headers['last-event-id']
    reply.hijack()
    const stream = new EventStream(reply.raw, {})
    const missed = typeof last === 'string' ? live.feed.since(last) : undefined
    const stop = live.feed.listen(
      (event) => shownTo(event, reader).forEach((each) => stream.send(each.event, each.data, each.id)),
      () => stream.end('server is shutting down; retry later'),
    )
    stream.onClose(stop)
    void stream.sendAll(missed ? allOf(missed, reader) : snapshot(service, reader))
  }

  /** As it is now, however long it takes to send it. */
  const snapshot = (service: string | undefined, reader: Reader): Iterable<StreamEvent> => {
    const entries = service === undefined ? [...live.table.all()] : live.table.of(service)
    return snapshotOf(entries, reader, live.revision)
  }

  const schema = {
    summary: 'the instances and every change, as server-sent events',
    querystring: watchQuery,
    response: bareAnswers('text/event-stream', 'events'),
  }
  app.get<Watching>('/watch', { config: { role: 'viewer', stream: true }, schema }, watch)
  app.get<Watching>('/watch/:service', { config: { role: 'viewer', stream: true }, schema }, watch)
}

function* snapshotOf(
  entries: readonly InstanceEntry[],
  reader: Reader,
  id: string | undefined,
): Generator<StreamEvent> {
  for (const entry of entries) if (reader.wants(entry)) yield { event: 'snapshot', data: reader.shown(entry) }
  yield { event: 'synced', data: {}, id }
}

function* allOf(events: readonly FeedEvent[], reader: Reader): Generator<StreamEvent> {
  for (const event of events) yield* shownTo(event, reader)
}

/** The events that a reader receives for a change, if any. */
function shownTo(event: FeedEvent, reader: Reader): StreamEvent[] {
  const id = 'revision' in event ? event.revision : undefined
  if (event.type === 'synced') return [{ event: 'synced', data: {}, id }]
  if (event.type === 'gap') return [{ event: 'gap', data: { message: event.message } }]
  if (event.type === 'malformed') return []
  return reader.wants(event.entry) ? [{ event: event.type, data: reader.shown(event.entry), id }] : []
}
