/** How instances are taken out of traffic, one by one or all of a host, and put back. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ChangeStatusOptions,
  type DrainOptions,
  type DrainPlan,
  type DrainRequest,
  type StatusChanged,
  changeStatus,
  connect,
  drain,
  planDrain,
  requireWayBack,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
const { client } = registry
const folder = await mkdtemp(join(tmpdir(), 'draining-'))
const environment = { XDG_STATE_HOME: folder }

// A record of AIO holds a status, one of Kratos does not.
for (const layout of ['aio', 'kratos'] as const)
  await client.register({ name: 'pay', id: layout, endpoints: ['grpc://10.0.0.7:9000'] }, { layout, ttl: null })

const entries = await client.find({ service: 'pay', id: 'aio' })
console.log(entries.every((entry) => client.holdsStatus(entry)))

const options: ChangeStatusOptions = { environment, reason: 'its disk is full' }
const offline: StatusChanged = await changeStatus(client, entries, 'offline', options)
console.log(
  offline.outcomes.map(({ result }) => result),
  offline.kept?.backup.startsWith(folder),
)

const again = await client.find({ service: 'pay', id: 'aio' })
console.log((await changeStatus(client, again, 'online', { environment })).outcomes.length)

const request: DrainRequest = { host: '10.0.0.7', guard: { maxPercent: 100, keepMin: 0 } }
const plan: DrainPlan = await planDrain(client, request)
console.log(
  plan.offline.map(({ instance }) => instance.id),
  plan.removed.map(({ instance }) => instance.id),
  plan.out,
)

requireWayBack(client, plan) // before somebody is asked; drain would refuse it too
const how: DrainOptions = { environment, rate: 10 }
const done = await drain(client, plan, how)
console.log(done.outcomes.map(({ result }) => result))
console.log(
  (await client.find({ service: 'pay' })).map(({ instance, observed }) => `${instance.id} ${observed.status}`),
)
await rm(folder, { recursive: true })
