import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { InstanceEntry } from '../../model/reading.ts'
import { aioRecord } from '../aio-record.ts'
import { FAILURE } from '../answer.ts'
import type { ServerContext } from '../context.ts'
import { EventStream } from '../event-stream.ts'
import type { FeedEvent } from '../feed.ts'
import { maySee, requireService } from '../identity.ts'
import { Refusal } from '../refusal.ts'
import { bareAnswers } from '../schemas.ts'

interface Watching {
  Params: { readonly service?: string }
}

/** Streams that may be open at the same time. */
export const STREAMS = 5_000

/**
 * The registry, or one service, as server-sent events: `snapshot` for every instance, `synced`, then `added`, `updated` and
 * `removed` as they come. Who comes back with Last-Event-ID is told what he missed, or begins with a snapshot again.
 */
export function watchRoutes(app: FastifyInstance, { registry }: ServerContext): void {
  const { live } = registry

  const watch = (request: FastifyRequest<Watching>, reply: FastifyReply): void => {
    const { service } = request.params
    if (service !== undefined) requireService(request.identity, service)
    if (!live.synced) throw new Refusal(FAILURE.unreachable, 'the registry was not read yet')
    if (live.feed.listeners >= STREAMS) throw new Refusal(FAILURE.tooMany, `${STREAMS} streams are open already`)
    const wanted = ({ service: of }: InstanceEntry) =>
      service === undefined ? maySee(request.identity, of) : of === service
    const last = request.headers['last-event-id']
    reply.hijack()
    const stream = new EventStream(reply.raw, {})
    const missed = typeof last === 'string' ? missedSince(last) : undefined
    if (missed) for (const event of missed) send(stream, event, wanted)
    else begin(stream, service, wanted)
    const stop = live.feed.listen(
      (event) => send(stream, event, wanted),
      () => stream.end('the server stops: come back'),
    )
    stream.onClose(stop)
  }

  const missedSince = (revision: string): readonly FeedEvent[] | undefined =>
    revision === live.revision ? [] : live.feed.since(revision)

  const begin = (stream: EventStream, service: string | undefined, wanted: (entry: InstanceEntry) => boolean): void => {
    const entries = service === undefined ? live.table.all() : live.table.of(service)
    for (const entry of entries) if (wanted(entry)) stream.send('snapshot', aioRecord(entry))
    stream.send('synced', {}, live.revision)
  }

  const schema = {
    summary: 'the instances and every change, as server-sent events',
    response: bareAnswers('text/event-stream', 'events'),
  }
  app.get<Watching>('/watch', { config: { role: 'viewer', stream: true }, schema }, watch)
  app.get<Watching>('/watch/:service', { config: { role: 'viewer', stream: true }, schema }, watch)
}

function send(stream: EventStream, event: FeedEvent, wanted: (entry: InstanceEntry) => boolean): void {
  const id = 'revision' in event ? event.revision : undefined
  if (event.type === 'synced') stream.send('synced', {}, id)
  else if (event.type === 'gap') stream.send('gap', { message: event.message })
  else if (wanted(event.entry)) stream.send(event.type, aioRecord(event.entry), id)
}
