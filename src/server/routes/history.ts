import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { JournalLine } from '../../client/journal/lines.ts'
import { FAILURE } from '../answer.ts'
import type { ServerContext } from '../context.ts'
import { RefusedRequest } from '../refusal.ts'
import type { ScopedRegistry } from '../registry.ts'
import { bareAnswers, historyQuery } from '../schemas.ts'

interface Asking {
  Querystring: { readonly service?: string | readonly string[]; readonly since?: string; readonly at?: string }
}

/** What the journal has: lines of JSON, the last one `{"end":true}`, or the error that ended it. */
export function historyRoutes(app: FastifyInstance, context: ServerContext): void {
  const { registryOf, journal, explain } = context
  const { driver } = context.client.backend
  app.get<Asking>(
    '/history',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'what happened since a time, or what was there at one, as lines of JSON; where a journal is kept',
        querystring: historyQuery,
        response: bareAnswers('application/x-ndjson', 'events, or instances'),
      },
    },
    async (request, reply) => {
      const { service, since, at } = request.query
      const registry = registryOf(request)
      const services = service === undefined ? [] : [service].flat()
      for (const name of services) registry.require(name)
      if (!journal)
        throw new RefusedRequest(
          FAILURE.unsupported,
          'this server keeps no journal: rollcall serve --journal keeps one',
        )
      if (since !== undefined && at !== undefined)
        throw new RefusedRequest(FAILURE.badRequest, 'since and at cannot be combined')
      const query = at === undefined ? { since: timeOf(since ?? '1970-01-01') } : { at: timeOf(at) }
      const lines = journal.read(query)
      // What cannot be answered at all shows in the status.
      const first = lines.next()
      const answer = texts(lines, first, { registry, services, driver, explain })
      return reply.type('application/x-ndjson').send(Readable.from(answer))
    },
  )
}

/** @throws RefusedRequest `badRequest` */
function timeOf(text: string): number {
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new RefusedRequest(FAILURE.badRequest, `"${text}" is not a time as in RFC 3339`)
  return time
}

interface Reader extends Pick<ServerContext, 'explain'> {
  readonly registry: ScopedRegistry
  /** All that the token is for where there is none. */
  readonly services: readonly string[]
  readonly driver: string
}

function* texts(
  lines: Generator<JournalLine>,
  first: IteratorResult<JournalLine>,
  { registry, services, driver, explain }: Reader,
): Generator<string, void, undefined> {
  const isWanted = (service: string) =>
    registry.maySee(service) && (services.length === 0 || services.includes(service))
  try {
    for (let step = first; !step.done; step = lines.next()) {
      const service = serviceOf(step.value)
      if (service === undefined || isWanted(service)) yield lineOf(shown(step.value, driver))
    }
    yield lineOf({ end: true })
  } catch (error) {
    const { code, message } = explain(error)
    yield lineOf({ error: { code, msg: message } })
  }
}

function serviceOf(line: JournalLine): string | undefined {
  if ('journal' in line) return undefined
  if ('instance' in line) return line.instance.service
  return ('event' in line ? line.event : line.malformed).service
}

/** Where the registry is, which its errors name as well, is not for who asks over HTTP. */
function shown(line: JournalLine, driver: string): JournalLine {
  if ('journal' in line) return { journal: { ...line.journal, registry: driver } }
  if (!('event' in line) || line.event.type !== 'gap') return line
  return { event: { ...line.event, message: 'nothing was learnt of the registry' } }
}

function lineOf(line: object): string {
  return `${JSON.stringify(line)}\n`
}
