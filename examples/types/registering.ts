/** How an instance is described, registered and kept alive. */
import {
  type EncodeOptions,
  type InstanceInit,
  type KeepAlive,
  type KeepAliveEvent,
  type KeepAliveOptions,
  type Metadata,
  type Registrar,
  type Registration,
  type RenewServiceOptions,
  type RenewedService,
  type WriteOptions,
  RollcallError,
  connect,
  requireDialable,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')

const instance: InstanceInit = { name: 'orders', id: 'orders-1', version: 'v2', endpoints: ['grpc://10.0.0.7:9000'] }
const kept = await registry.register(instance)
console.log('listed:', (await registry.getService('orders')).length)
await kept[Symbol.asyncDispose]()

const metadata: Metadata = { zone: 'eu-1', owner: 'payments' }
await registry.register({ ...instance, metadata }, { ttl: 30, keepAlive: false })
const [found] = await registry.getService('orders')
console.log('zone:', found?.metadata['zone'])

const every: RenewServiceOptions = { every: 5_000 }
const renewed: RenewedService = await registry.renewService({ name: 'orders', id: 'orders-1' }, every)
console.log('a heartbeat every', renewed.every, 'ms')
await renewed[Symbol.asyncDispose]() // the instance stays until its TTL is over

const write: WriteOptions = { ttl: null, replace: true }
const registration: Registration = await registry.client.register({ ...instance, id: 'orders-2' }, write)
console.log(registration.action, registration.lease ?? 'without a lease')

const encode: EncodeOptions = { layout: 'aio', weight: 20, env: 'staging' }
const weighed = await registry.client.register({ ...instance, id: 'orders-3' }, encode)
console.log('stored as', weighed.records[0]?.id)

// What somebody typed, before anything is registered: it throws what registering would throw.
try {
  requireDialable(['grpc://0.0.0.0:9000'], registry.client.target)
} catch (error) {
  if (error instanceof RollcallError) console.log(error.message)
}

function log(event: KeepAliveEvent): void {
  if (event.type === 'retrying') console.log(`try ${event.attempt} in ${event.delay} ms: ${event.message}`)
  else if (event.type === 'lost') console.log('lost:', event.message)
  else console.log(event.type, event.registration.action)
}

const options: KeepAliveOptions = { ttl: 15, retries: 10, onEvent: log }
const alive: KeepAlive = await registry.register({ ...instance, id: 'orders-4' }, options)
alive.done.catch((error: Error) => console.log('gave up:', error.message))
await alive.release() // no heartbeat any more, and the record stays

// What only registers takes no more than this of a registry, so that a test can give it less.
async function during(registrar: Registrar, work: () => Promise<void>): Promise<void> {
  await using job = await registrar.register({ name: 'jobs', id: 'jobs-1' })
  await Promise.race([work(), job.done])
}
await during(registry, async () => console.log('at work:', (await registry.getService('jobs')).length))
