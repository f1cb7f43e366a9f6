import type { FastifyInstance } from 'fastify'
import { closedHours, requireUnprotected } from '../../client/change/protection.ts'
import type { ServedSite } from '../site.ts'
import { RollcallError } from '../../model/errors.ts'
import { type AioRecord, aioRecord } from '../aio-record.ts'
import { FAILURE, success } from '../answer.ts'
import { change } from '../change.ts'
import { type ReadQuery, type ServerContext, isConsistent } from '../context.ts'
import { noBody } from '../request-body.ts'
import { answers, everything, readQuery, removal, serviceParameter } from '../schemas.ts'

const admin = { config: { role: 'admin' } } as const
/** Removals that are under way at the same time. */
const ABREAST = 20

/** 4 of the document: what only administrators may. */
export function adminRoutes(app: FastifyInstance, { registryOf, site, audit, explain }: ServerContext): void {
  app.get<{ Querystring: ReadQuery }>(
    '/admin/all',
    {
      ...admin,
      schema: { summary: 'every instance of every service', querystring: readQuery, response: answers(everything) },
    },
    async (request) => {
      const byService: Record<string, AioRecord[]> = Object.create(null)
      for (const entry of await registryOf(request).all(isConsistent(request.query)))
        (byService[entry.service] ??= []).push(aioRecord(entry))
      return success(byService)
    },
  )

  app.delete<{ Params: { readonly service: string } }>(
    '/admin/services/:service',
    {
      ...noBody,
      ...admin,
      schema: {
        summary: 'remove every instance of a service',
        description: 'when some could not be removed: code 50000, with HTTP status 200',
        params: serviceParameter,
        response: answers(removal),
      },
    },
    async (request) => {
      const { service } = request.params
      const registry = registryOf(request)
      const entries = await registry.instances(service, true)
      requireUnprotected(entries, site)
      requireOpenHours(site)
      const errors: string[] = []
      for (let at = 0; at < entries.length; at += ABREAST) {
        const removals = entries.slice(at, at + ABREAST).map(async (entry) => {
          const { id } = entry.instance
          try {
            requireOpenHours(site)
            const before = aioRecord(await change(registry, 'remove', entry))
            audit(request, { action: 'unregister', service, id, before })
          } catch (error) {
            errors.push(`删除实例 ${id} 失败: ${explain(error).message}`)
          }
        })
        await Promise.all(removals)
      }
      const removed = entries.length - errors.length
      const data = { service_name: service, total_instances: entries.length, removed_count: removed, errors }
      if (errors.length === 0) return success(data)
      return { code: FAILURE.internal, msg: '部分删除失败，详情请查看响应数据', data }
    },
  )
}

/** @throws RollcallError `refused` in the hours in which nothing is removed */
function requireOpenHours(site: ServedSite): void {
  const closed = closedHours(site)
  if (closed !== undefined) throw new RollcallError('refused', closed)
}
