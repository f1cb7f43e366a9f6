import type { FastifyInstance, FastifyRequest } from 'fastify'
import { aioHealth, aioRecord } from '../aio-record.ts'
import { success } from '../answer.ts'
import { type ChangeKind, change } from '../change.ts'
import { type ReadQuery, type ServerContext, type Write, isConsistent } from '../context.ts'
import { takeForms, noBody } from '../request-body.ts'
import { type RegisterBody, register, takenOtherwise } from '../register.ts'
import { answers, health, idParameter, readQuery, record, registerBody, sentence } from '../schemas.ts'

interface ById {
  Params: { readonly id: string }
  Querystring: ReadQuery
}

type IdRequest = FastifyRequest<ById>

const writes = (write: Write['action']) => ({ config: { role: 'editor', write } }) as const
const reads = { config: { role: 'viewer' } } as const

/** 1 and 3.1 of the document: one instance. */
export function instanceRoutes(app: FastifyInstance, context: ServerContext): void {
  const { registryOf, now, audit } = context

  const find = (request: IdRequest) => registryOf(request).one(request.params.id, isConsistent(request.query))
  const changed = async (request: IdRequest, kind: ChangeKind) => {
    const found = await find(request)
    const before = aioRecord(await change(registryOf(request), kind, found))
    return { before, service: found.service, id: found.instance.id }
  }

  void app.register(async (own) => {
    takeForms(own)
    own.post<{ Body: RegisterBody }>(
      '/services',
      {
        ...writes('register'),
        schema: { summary: 'register an instance', body: registerBody, response: answers(record) },
      },
      async (request) => {
        const after = aioRecord(await register(registryOf(request), request.body))
        const notes = takenOtherwise(request.body)
        audit(request, {
          action: 'register',
          service: after.name,
          id: after.id,
          after,
          ...(notes.length > 0 && { notes }),
        })
        return success(after)
      },
    )
  })

  app.delete<ById>(
    '/services/:id',
    { ...noBody, ...writes('unregister'), schema: schemaOf('remove an instance', sentence) },
    async (request) => {
      audit(request, { action: 'unregister', ...(await changed(request, 'remove')) })
      return success('服务注销成功')
    },
  )

  app.put<ById>(
    '/services/:id/renew',
    { ...noBody, ...writes('renew'), schema: schemaOf('send a heartbeat', sentence) },
    async (request) => {
      audit(request, { action: 'renew', ...(await changed(request, 'renew')) })
      return success('服务续约成功')
    },
  )

  app.put<ById>(
    '/services/:id/offline',
    {
      ...noBody,
      ...writes('offline'),
      schema: schemaOf('take an instance out of traffic and keep its record', record),
    },
    async (request) => {
      const write = await changed(request, 'offline')
      const after = aioRecord(await find(request))
      audit(request, { action: 'offline', ...write, after })
      return success(after)
    },
  )

  app.get<ById>('/services/:id', { ...reads, schema: schemaOf('an instance', record) }, async (request) =>
    success(aioRecord(await find(request))),
  )

  app.get<ById>(
    '/services/:id/health',
    { ...reads, schema: schemaOf('the health of an instance, and for how long', health) },
    async (request) => success(aioHealth(await find(request), now())),
  )
}

function schemaOf(summary: string, data: object) {
  return { summary, params: idParameter, querystring: readQuery, response: answers({ ...data }) }
}
