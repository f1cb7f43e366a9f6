/** A plan that one person writes to a file, and another carries out. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type PlanFileOptions,
  type PlanFlags,
  type PurgeRequest,
  type RemovalPlan,
  RollcallError,
  connect,
  planPurge,
  purge,
  readPlanFile,
  requireSamePlan,
  requireUnchanged,
  writePlanFile,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
const { client } = registry
const folder = await mkdtemp(join(tmpdir(), 'planning-'))
for (const id of ['pay-1', 'pay-2']) await client.register({ name: 'pay', id }, { ttl: null })
const guard = { maxPercent: 100, keepMin: 0 }
const request: PurgeRequest = { scope: { services: ['pay'] }, reasons: { noLease: true }, guard }

const flags: Partial<PlanFlags> = { noLease: true } // with which `rollcall apply` chooses the same
const file: PlanFileOptions = { path: join(folder, 'plan.json'), services: ['pay'], flags }
await writePlanFile(client, await planPurge(client, request), file)

const stored: RemovalPlan = await readPlanFile(file.path)
console.log(
  stored.services,
  stored.flags.noLease,
  stored.records.map(({ key }) => key),
)

const plan = await planPurge(client, request)
requireSamePlan(client, stored, plan) // nothing else would be removed than was read
await requireUnchanged(client, plan) // nor after a question
const environment = { XDG_STATE_HOME: folder }
console.log((await purge(client, plan, { command: 'apply', environment })).outcomes.length)

try {
  requireSamePlan(client, stored, await planPurge(client, request))
} catch (error) {
  if (error instanceof RollcallError) console.log(error.code, error.message)
}
await rm(folder, { recursive: true })
