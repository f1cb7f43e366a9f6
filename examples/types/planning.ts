/** A plan that one person writes to a file, and another carries out. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type PlanFileOptions,
  type PlanFlags,
  type PlanPlace,
  type ProbeOptions,
  type PurgeRequest,
  type RemovalPlan,
  RollcallError,
  connect,
  planPurge,
  purge,
  readPlanFile,
  requirePlace,
  requireSamePlan,
  requireUnchanged,
  stillSilent,
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

requirePlace(client, stored) // it was made for this registry
const plan = await planPurge(client, request)
const where: PlanPlace = plan.place // a client of another registry cannot carry it out
console.log(where.registry === client.target.display, where.prefix ?? 'default prefixes')
requireSamePlan(client, stored, plan) // nothing else would be removed than was read
await requireUnchanged(client, plan) // nor after a question
const environment = { XDG_STATE_HOME: folder }
console.log((await purge(client, plan, { command: 'apply', environment })).outcomes.length)

try {
  requireSamePlan(client, stored, await planPurge(client, request))
} catch (error) {
  if (error instanceof RollcallError) console.log(error.code, error.message)
}

let hasStarted = false
const server = createServer((_, response) => hasStarted && response.end())
await once(server.listen(0, '127.0.0.1'), 'listening')
const { port } = server.address() as AddressInfo
await client.register({ name: 'cache', id: 'cache-1', endpoints: [`http://127.0.0.1:${port}`] }, { ttl: null })
const probe = { tries: 1, timeout: 500 }
const silent = await planPurge(client, { scope: { services: ['cache'] }, reasons: { unreachable: true }, probe })
hasStarted = true // while somebody reads the plan
const again: ProbeOptions = { tries: 5, timeout: 5_000 }
console.log(silent.records.length, (await stillSilent(silent, again)).records.length)
server.close().closeAllConnections()
await rm(folder, { recursive: true })
