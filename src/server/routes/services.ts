import type { InstanceEntry } from '../../model/reading.ts'
import { statusOf } from '../../model/status.ts'
import { aioRecord, protocolsOf, formatTime, wordOf } from '../aio-record.ts'
import { success } from '../answer.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type ReadQuery, type ServerContext, isConsistent } from '../context.ts'
import {
  answers,
  discoveryQuery,
  names,
  readQuery,
  records,
  serviceParameter,
  serviceStats,
  stats,
} from '../schemas.ts'

interface Reading {
  Querystring: ReadQuery
}
interface OfService extends Reading {
  Params: { readonly service: string }
}
interface Discovering {
  Params: { readonly service: string }
  Querystring: Filter & ReadQuery
}

const reads = { config: { role: 'viewer' } } as const

/** 2 and 3 of the document: services and their counts. */
export function serviceRoutes(app: FastifyInstance, { registryOf, now }: ServerContext): void {
  const discovery = new DiscoveryAnswers()
  const instancesOf = (request: FastifyRequest<OfService>) =>
    registryOf(request).instances(request.params.service, isConsistent(request.query))

  app.get<Reading>(
    '/services',
    { ...reads, schema: { summary: 'the names of all services', querystring: readQuery, response: answers(names) } },
    async (request) => success(await registryOf(request).services(isConsistent(request.query))),
  )

  app.get<Discovering>(
    '/discovery/:service',
    {
      ...reads,
      schema: {
        summary: 'the instances of a service, unless a status is asked for those that are up',
        params: serviceParameter,
        querystring: discoveryQuery,
        response: answers(records),
      },
    },
    (request, reply) => {
      const send = (found: readonly InstanceEntry[]): void =>
        void reply.type('application/json; charset=utf-8').send(discovery.answer(found, request.query))
      const found = instancesOf(request)
      return found instanceof Promise ? found.then(send) : send(found)
    },
  )

  app.get<Reading>(
    '/stats',
    { ...reads, schema: { summary: 'counts of the registry', querystring: readQuery, response: answers(stats) } },
    async (request) => {
      const seen = await registryOf(request).all(isConsistent(request.query))
      const perService = tally(seen.map(({ service }) => service))
      const total = { total_services: Object.keys(perService).length, ...countsOf(seen) }
      return success({ ...total, service_stats: perService, timestamp: formatTime(now()) })
    },
  )

  app.get<OfService>(
    '/services/:service/stats',
    {
      ...reads,
      schema: {
        summary: 'counts of a service, and its instances',
        params: serviceParameter,
        querystring: readQuery,
        response: answers(serviceStats),
      },
    },
    async (request) => {
      const found = await instancesOf(request)
      return success({
        service_name: request.params.service,
        ...countsOf(found),
        protocols: tally(found.flatMap(protocolsOf)),
        statuses: tally(found.map(({ observed }) => wordOf(observed.status))),
        instances: found.map((entry) => aioRecord(entry)),
        timestamp: formatTime(now()),
      })
    },
  )
}

function countsOf(entries: readonly InstanceEntry[]) {
  const healthy = entries.filter(({ observed }) => observed.status === 'up').length
  return { total_instances: entries.length, healthy_instances: healthy, unhealthy_instances: entries.length - healthy }
}

/** How often each word comes; a service may be called `__proto__`. */
function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = Object.create(null)
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1
  return counts
}

/** What of a service is asked for; a word that is empty or left out is none. */
interface Filter {
  readonly env?: string
  readonly status?: string
  readonly protocol?: string
}

/** Answers that are kept for one list of instances: who asks makes up the words of a filter. */
const KEPT = 16

/** The answers to discovery, written once for each list of instances: it stays the same list until a service changes. */
class DiscoveryAnswers {
  readonly #answers = new WeakMap<readonly InstanceEntry[], Map<string, string>>()

  /** JSON, in the envelope. As a text it leaves with its headers in one write; as bytes it would take a second one. */
  answer(entries: readonly InstanceEntry[], filter: Filter): string {
    const { env = '', status = '', protocol = '' } = filter
    const kept = this.#answers.get(entries) ?? new Map<string, string>()
    const key = `${env}\n${status}\n${protocol}`
    const known = kept.get(key)
    if (known !== undefined) return known
    const selects = selection({ env, status, protocol })
    const text = JSON.stringify(success(entries.filter(selects).map((entry) => aioRecord(entry, protocol))))
    if (kept.size >= KEPT) kept.clear()
    this.#answers.set(entries, kept.set(key, text))
    return text
  }
}

function selection({ env, status: word, protocol }: Required<Filter>): (entry: InstanceEntry) => boolean {
  const status = (word && statusOf(word)) || 'up'
  return (entry) => {
    const own = entry.observed.env ?? 'all'
    return (
      entry.observed.status === status &&
      // What is for all environments is for this one too.
      (!env || own === env || own === 'all') &&
      (!protocol || protocolsOf(entry).includes(protocol))
    )
  }
}
