import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RollcallError } from '../../model/errors.ts'
import { aioRecord } from '../aio-record.ts'
import { FAILURE, success } from '../answer.ts'
import { applyAnswers, applyBody, planAnswers, planBody, runAnswers } from '../change-schemas.ts'
import { type Applied, PlanChanged } from '../changes/changes.ts'
import { type AskedChange, type ChangeDone, type ChangeItem, type PlannedChange, digestOf } from '../changes/planned.ts'
import type { ServerContext, Write } from '../context.ts'
import type { Explain } from '../refusal.ts'
import { registryName } from '../registry.ts'
import { entryOf } from '../wire-record.ts'

interface Applying {
  Body: AskedChange & { readonly digest: string; readonly confirm?: string }
}

const ACTION = {
  offline: 'offline',
  online: 'online',
  deregister: 'unregister',
  restore: 'restore',
} as const satisfies Record<ChangeItem['action'], Write['action']>

/** Beside the document: changes as people make them, with a plan before and an undo after, as on the command line. */
export function changeRoutes(app: FastifyInstance, context: ServerContext): void {
  const { changes, registryOf } = context

  app.post<{ Body: AskedChange }>(
    '/plans',
    {
      config: { role: 'editor' },
      schema: { summary: 'what a change would do; changes nothing', body: planBody, response: planAnswers },
    },
    async (request) => success(shownPlan(context, await changes.plan(registryOf(request), askedIn(request.body)))),
  )

  app.post<Applying>(
    '/plans/apply',
    {
      config: { role: 'editor', write: 'apply' },
      schema: {
        summary: 'carries out a plan as it was shown, once; what undo takes back is saved before',
        body: applyBody,
        response: applyAnswers,
      },
    },
    async (request, reply) => await apply(context, request, reply),
  )

  app.get(
    '/runs',
    {
      config: { role: 'editor' },
      schema: {
        summary: 'what was done from this machine, the newest first, and what of it was taken back',
        response: runAnswers,
      },
    },
    async (request) => success(await changes.runs(registryOf(request))),
  )
}

/** In one order, which a digest depends on. */
function askedIn({ action, targets, host, services, run, force }: AskedChange): AskedChange {
  return {
    action,
    ...(targets && { targets: targets.map(({ service, id }) => ({ service, id })) }),
    ...(host !== undefined && { host }),
    ...(services && { services }),
    ...(run !== undefined && { run }),
    force: force === true,
  }
}

function shownPlan({ client, changes }: ServerContext, plan: PlannedChange): object {
  const { asked, items, refusals, notes } = plan
  const isUnguarded = items.some(({ guarded }) => guarded === false)
  return {
    action: asked.action,
    registry: registryName(client),
    items,
    refusals: refusals.map(({ fact, liftedBy }) => ({ fact, force: liftedBy === 'force' })),
    notes: isUnguarded
      ? [...notes, 'this registry cannot compare; each record is read again right before it is changed']
      : notes,
    ...(changes.confirm !== undefined && { confirm: changes.confirm }),
    digest: digestOf(changes.place, plan),
  }
}

async function apply(context: ServerContext, request: FastifyRequest<Applying>, reply: FastifyReply): Promise<object> {
  const { digest, confirm } = request.body
  const registry = context.registryOf(request)
  try {
    const { plan, done } = await context.changes.apply(request, registry, {
      asked: askedIn(request.body),
      digest,
      confirm,
      note: (applied) => note(context, request, applied),
    })
    context.malformed.forget()
    await registry.seen((table) => isSeen(plan, done, (id) => table.record(id)?.revision))
    const data = shownDone(context, plan, done)
    const isWhole = done.error === undefined && done.outcomes.every(({ result }) => WHOLE.has(result))
    return isWhole ? success(data) : { code: FAILURE.internal, msg: 'partly done', data }
  } catch (error) {
    if (!(error instanceof PlanChanged)) throw error
    const data = error.plan ? shownPlan(context, error.plan) : null
    return reply.code(409).send({ code: FAILURE.conflict, msg: error.message, data })
  }
}

const WHOLE: ReadonlySet<ChangeItem['result']> = new Set(['done', 'absent', 'unchanged'])

function shownDone({ explain }: ServerContext, { asked, items }: PlannedChange, done: ChangeDone): object {
  const results = new Map(done.outcomes.map(({ id, result }) => [id, result]))
  const errors = done.outcomes.flatMap(({ error }) => error ?? []).concat(done.error instanceof Error ? done.error : [])
  const notes = new Set([...errors.map((error) => wordsOf(error, explain)), ...done.notes])
  return {
    action: asked.action,
    items: items.map(({ key, service, id, action, result }) => {
      const became = results.get(key) ?? (result === 'planned' ? 'not-attempted' : result)
      return { key, service, id, action, result: became }
    }),
    ...(done.run !== undefined && { run: done.run }),
    notes: [...notes],
  }
}

/** What goes wrong with a backup names its file, which is not shown over HTTP. */
function wordsOf(error: Error, explain: Explain): string {
  const isBackup = error instanceof RollcallError && error.code === 'usage'
  return isBackup ? 'the backup cannot be written' : explain(error).message
}

/** A line in the audit log of this server for each record that was changed. */
function note({ client, audit, now }: ServerContext, request: FastifyRequest, { plan, done }: Applied): void {
  const items = new Map(plan.items.map((item) => [item.key, item]))
  const records = new Map(plan.records.map((record) => [record.id, record]))
  for (const { id: key, result } of done.outcomes) {
    const [item, record] = [items.get(key), records.get(key)]
    if (result !== 'done' || !item || !record) continue
    const reading = client.backend.read(record, now())
    const entry = reading.is === 'instance' ? entryOf(record, reading) : undefined
    const seen = entry && (item.action === 'restore' ? { after: aioRecord(entry) } : { before: aioRecord(entry) })
    const { service, id } = item
    audit(request, { action: ACTION[item.action], service, id: id || key, ...(done.run && { run: done.run }), ...seen })
  }
}

/** Whether this server's copy has what was done. */
function isSeen(plan: PlannedChange, done: ChangeDone, revisionOf: (id: string) => string | undefined): boolean {
  const items = new Map(plan.items.map((item) => [item.key, item]))
  return done.outcomes.every(({ id, result }) => {
    const item = items.get(id)
    if (result !== 'done' || !item) return true
    if (item.action === 'restore') return item.id === '' || revisionOf(id) !== undefined
    return item.revision === undefined || revisionOf(id) !== item.revision
  })
}
