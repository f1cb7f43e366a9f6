/** How instances are found and followed. */
import {
  type CachedDiscovery,
  type Discovery,
  type FieldChange,
  type ServiceOptions,
  type WatchEvent,
  type WatchEventsOptions,
  type Watcher,
  ServiceInstance,
  cachedDiscovery,
  connect,
} from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
const orders = { name: 'orders', id: 'orders-1', endpoints: ['grpc://10.0.0.7:9000'] }
await registry.register(orders, { ttl: null, keepAlive: false })

// All that a reader needs of a registry; a test may make one up.
async function addresses(discovery: Discovery, name: string): Promise<string[]> {
  const instances = await discovery.getService(name)
  return instances.flatMap(({ endpoints }) => endpoints)
}
console.log(await addresses(registry, 'orders'))

const options: ServiceOptions = { all: true, signal: AbortSignal.timeout(60_000) }
console.log('up or not:', (await registry.getService('orders', options)).length)

await using cached: CachedDiscovery = cachedDiscovery(registry)
for (let request = 0; request < 1000; request++) await cached.getService('orders') // one read and one watch
console.log(cached.isStale('orders') ? 'the last list' : 'up to date')

const before: ServiceInstance = ServiceInstance.from(orders)
const after = ServiceInstance.from({ ...orders, version: 'v2' })
console.log(ServiceInstance.toString(after), ServiceInstance.equal(before, after))

const watcher: Watcher = registry.watch('orders')
const [first] = await watcher.next()
await watcher.stop()
console.log('watched:', first?.id)

const show = ({ field, from, to }: FieldChange): string => `${field}: ${String(from) || 'none'} → ${String(to)}`

function log(event: WatchEvent): void {
  if (event.type === 'link') console.log('the registry is', event.state)
  else if (event.type === 'updated') console.log(event.entry.instance.id, event.changes.map(show).join())
  else console.log(event.type)
}

const end = new AbortController()
const events: WatchEventsOptions = { signal: end.signal, where: ({ observed }) => observed.status === 'up' }
for await (const event of registry.client.watch({ services: ['orders'] }, events)) {
  log(event)
  if (event.type === 'synced') await registry.client.register(after, { ttl: null, replace: true })
  if (event.type === 'updated') end.abort()
}
