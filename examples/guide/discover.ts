/** Reads the instances of a service, and follows them. */
import { connect, parseEndpoint } from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
const orders = (id: string) => ({ name: 'orders', id, endpoints: [`http://${id}.local:8000`] })
await using first = await registry.register(orders('orders-1'))
console.log(first.registration.action, (await registry.getService('orders')).length)

for await (const instances of registry.watch('orders')) {
  for (const { id, endpoints } of instances) {
    const endpoint = parseEndpoint(endpoints[0] ?? '')
    if (endpoint.is === 'endpoint') console.log(`${instances.length}: ${id} at ${endpoint.address}`)
  }
  if (instances.length === 2) break // which ends the watch
  await registry.register(orders('orders-2'))
}
