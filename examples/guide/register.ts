/** Registers an instance, keeps it registered while the program works, and deregisters it at the end. */
import { connect } from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
await using kept = await registry.register(
  { name: 'orders', id: 'orders-1', version: 'v1.4.2', endpoints: ['http://10.0.0.7:8000'], metadata: { zone: 'a' } },
  { ttl: 15, onEvent: (event) => console.log(event.type) },
)
console.log(`${kept.registration.action}, and a heartbeat every ${kept.registration.beatEvery} ms`)

for (const instance of await registry.getService('orders')) console.log(instance.id, ...instance.endpoints)
