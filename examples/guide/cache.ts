/** Answers from memory where a service is, as a gateway asks for every request. */
import { cachedDiscovery, connect } from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
await registry.register({ name: 'orders', id: 'orders-1', endpoints: ['http://10.0.0.7:8000'] })
await using discovery = cachedDiscovery(registry)

for (let request = 1; request <= 3; request++) {
  const [instance] = await discovery.getService('orders') // asks the registry the first time alone
  console.log(request, instance?.endpoints[0])
}
console.log(discovery.isStale('orders') ? 'the registry is away: this is the last list' : 'up to date')
