/** Answers from memory where a service can be reached, as a gateway asks for every request. */
import { cachedDiscovery, connect, parseEndpoint } from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
await registry.register({ name: 'orders', id: 'orders-1', endpoints: ['grpc://10.0.0.7:9000', 'http://10.0.0.7:8000'] })
await using discovery = cachedDiscovery(registry)

const instances = await discovery.getService('orders')
const endpoints = instances.flatMap((instance) => instance.endpoints.map(parseEndpoint))
for (const endpoint of endpoints) {
  if (endpoint.is === 'endpoint' && endpoint.scheme === 'grpc') console.log(`dial ${endpoint.address}`)
}
console.log(discovery.isStale('orders') ? 'the registry is away: this is the last list' : 'up to date')
