/** What is listed, thrown and reported: statuses, layouts, strategies, errors with codes, channels, health, and plans by name. */
import { channel } from 'node:diagnostics_channel'
import {
  CHANNELS,
  ERROR_CODES,
  HealthChecker,
  LAYOUTS,
  type OperationTrace,
  RollcallError,
  STATUSES,
  STRATEGIES,
  ServiceInstance,
  balancer,
  checkAll,
  connect,
  planNamed,
  servedJournal,
} from 'rollcall'

const operations: string[] = []
channel(CHANNELS.operation).subscribe((message) => operations.push((message as OperationTrace).operation))

await using registry = await connect(process.argv[2] ?? 'memory:')
const pay = { name: 'pay', id: 'pay-1', endpoints: ['grpc://127.0.0.1:1'] }
await using kept = await registry.register(pay)
console.log(...ServiceInstance.from(pay).endpoints)
console.log(STATUSES.includes('up'), LAYOUTS.includes('kratos'), STRATEGIES.includes('least-rtt'))

try {
  await registry.register({ ...pay, endpoints: ['grpc://0.0.0.0:9000'] })
} catch (error) {
  if (error instanceof RollcallError) console.log(error.code, ERROR_CODES.includes(error.code))
}
try {
  servedJournal(registry.client, [], new AbortController().signal)
} catch (error) {
  if (error instanceof RollcallError) console.log(error.code)
}

const entries = await registry.client.find({ service: 'pay' })
for (const { endpoint, health } of await checkAll(entries)) console.log(endpoint, health?.healthy)
await using checker = new HealthChecker(pay.endpoints, { every: 60_000 })
console.log(checker instanceof HealthChecker)

const guard = { maxPercent: 100, keepMin: 0 }
const plan = await planNamed(registry.client, { entries, reason: 'it moves', guarded: new Set(['pay']), guard })
console.log(plan.records.length, plan.refusals.length, kept.registration.action)

await using orders = await balancer(registry, 'pay', { strategy: 'random' })
console.log(orders.pick().address, operations.includes('scan'))
