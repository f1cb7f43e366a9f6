import swagger from '@fastify/swagger'
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  type HTTPMethods,
} from 'fastify'
import { Ajv, type ValidateFunction } from 'ajv'
import { FAILURE, failure, httpStatusOf } from './answer.ts'
import { RefusedRequest, type Explain } from './refusal.ts'
import { type Tokens, authentication } from './authenticate.ts'
import type { ServerContext } from './context.ts'
import { ServerMetrics } from './metrics.ts'
import { adminRoutes } from './routes/admin.ts'
import { changeRoutes } from './routes/changes.ts'
import { historyRoutes } from './routes/history.ts'
import { instanceRoutes } from './routes/instances.ts'
import { malformedRoutes } from './routes/malformed.ts'
import { operationRoutes } from './routes/operations.ts'
import { pageRoutes } from './routes/page.ts'
import { recordRoutes } from './routes/records.ts'
import { serviceRoutes } from './routes/services.ts'
import { viewRoutes } from './routes/view.ts'
import { watchRoutes } from './routes/watch.ts'
import { type VisitorOptions, visitors } from './visitors.ts'

const BASE = '/registry'
/** Where AIO's own web console looks for the same routes. */
const CONSOLE = /^\/api\/registry(?=[/?]|$)/

export interface AppOptions extends VisitorOptions {
  /** Without tokens every request may do everything. */
  readonly tokens?: Tokens | undefined
  /** Requests per second for each sender. */
  readonly rate: number
  readonly tls?: ServerTls | undefined
}

/** PEM texts. */
export interface ServerTls {
  readonly cert: Buffer
  readonly key: Buffer
  /** The authority that must have signed client certificates; without it none is needed. */
  readonly clientCa?: Buffer
}

/** The HTTP API over a registry, not listening yet. */
export async function createApp(context: ServerContext, options: AppOptions): Promise<FastifyInstance> {
  const metrics = new ServerMetrics(context)
  const { explain } = context
  const frameworkErrors: FastifyServerOptions['frameworkErrors'] = (error, _, reply) =>
    void refuse(reply, error, explain)
  const app = Fastify({ ...OPTIONS, frameworkErrors, ...transport(options.tls) })
  app.decorateRequest('identity', null as never)
  app.addHook('onRequest', visitors(options))
  app.addHook('onRequest', authentication(options.tokens, options.rate))
  // Hooks of all requests, as callbacks: with promises, an answer that is ready would take half as long again.
  app.addHook('onSend', (_, reply, payload, done) => {
    markState(reply, context)
    done(null, payload)
  })
  app.addHook('onResponse', (request, reply, done) => {
    measure(metrics, request, reply)
    done()
  })
  // Answers are written as they are; the schemas describe them in /openapi.json.
  app.setSerializerCompiler(() => JSON.stringify)
  app.setValidatorCompiler(validatorOf)
  app.setErrorHandler((error, _, reply) => refuse(reply, error, explain))
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(failure(40_400, `there is no ${request.method} ${request.url}`)),
  )
  const methods = knownMethods(app)
  await app.register(swagger, { openapi: DESCRIPTION })
  app.get('/openapi.json', { config: { role: 'viewer' }, schema: { hide: true } }, () => app.swagger())
  await app.register(
    async (routes) => {
      instanceRoutes(routes, context)
      serviceRoutes(routes, context)
      adminRoutes(routes, context)
      watchRoutes(routes, context)
      recordRoutes(routes, context)
      malformedRoutes(routes, context)
      historyRoutes(routes, context)
      changeRoutes(routes, context)
      viewRoutes(routes, context)
    },
    { prefix: BASE },
  )
  operationRoutes(app, context, metrics)
  pageRoutes(app)
  methods.refuseOthers()
  return app
}

const DESCRIPTION = {
  openapi: '3.0.3',
  info: { title: 'rollcall', description: "The AIO registry's HTTP API over any registry.", version: '1' },
} as const

const OPTIONS: FastifyServerOptions = {
  routerOptions: { maxParamLength: 1_024, ignoreTrailingSlash: true },
  rewriteUrl: ({ url = '/' }) => (url.startsWith('/api') ? url.replace(CONSOLE, BASE) : url),
  bodyLimit: 64 * 1_024,
  requestTimeout: 10_000,
  keepAliveTimeout: 60_000,
}

/** Limits for plain text and TLS alike: headers of 16 KiB at most, and slow requests looked for every second. */
function transport(tls: ServerTls | undefined): object {
  const limits = { maxHeaderSize: 16 * 1_024, connectionsCheckingInterval: 1_000, headersTimeout: 10_000 }
  if (!tls) return { http: limits }
  const { cert, key, clientCa } = tls
  const clients = clientCa ? { ca: clientCa, requestCert: true, rejectUnauthorized: true } : {}
  return { https: { ...limits, cert, key, minVersion: 'TLSv1.2', ...clients } }
}

function refuse(reply: FastifyReply, error: unknown, explain: Explain): FastifyReply {
  const { code, message } = explain(error)
  return reply.code(httpStatusOf(code)).send(failure(code, message))
}

function measure(metrics: ServerMetrics, { method, routeOptions }: FastifyRequest, reply: FastifyReply): void {
  const { url = 'none', config } = routeOptions
  if (!config.stream) metrics.observeRequest(method, url, reply.statusCode, reply.elapsedTime / 1000)
  if (config.write) metrics.countWrite(config.write, reply.statusCode < 400 ? 'done' : String(reply.statusCode))
}

/** Marks an answer with the revision and the age of its data. */
function markState(reply: FastifyReply, { live }: ServerContext): void {
  if (live.revision !== undefined) reply.header('x-rollcall-revision', live.revision)
  if (live.stale) reply.header('x-rollcall-stale', 'true')
}

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY']

/** Every route that is added from now on; `refuseOthers` answers the methods that its URL does not have, and names those it has. */
function knownMethods(app: FastifyInstance): { refuseOthers(): void } {
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
            throw new RefusedRequest(
              FAILURE.methodNotAllowed,
              `${method} is not allowed for this path; allowed: ${allow}`,
            )
          },
          handler() {},
        })
      }
    },
  }
}

/**
 * A value of another type is refused, not made to fit; what is not known is passed over, as Go does. That our own schemas
 * are schemas is tested, and need not be checked at each start.
 */
const AJV_OPTIONS = {
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: false,
  meta: false,
  validateSchema: false,
}

/** One for all servers of a process: it knows what it has compiled. */
const ajv = new Ajv(AJV_OPTIONS)

/** Fastify's validator compiler, which compiles a schema when the first request comes to it: most of a start would be that. */
function validatorOf({ schema }: { readonly schema: unknown }): (data: unknown) => boolean {
  let compiled: ValidateFunction | undefined
  const validate = (data: unknown): boolean => {
    compiled ??= ajv.compile(schema as object)
    const valid = compiled(data)
    validate.errors = compiled.errors
    return valid
  }
  validate.errors = undefined as ValidateFunction['errors']
  return validate
}
