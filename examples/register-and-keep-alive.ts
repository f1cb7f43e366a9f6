/** Registers an instance and keeps it registered until the block ends. */
import { connect } from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
await using kept = await registry.register(
  { name: 'orders', id: 'orders-1', version: 'v1.4.2', endpoints: ['grpc://10.0.0.7:9000'] },
  { ttl: 15, onEvent: (event) => console.log(event.type) },
)
console.log(`${kept.registration.records[0]?.id} for 15 seconds, and again every ${kept.registration.beatEvery} ms`)

for (const instance of await registry.getService('orders')) console.log(instance.id, ...instance.endpoints)
// Here the program does its work. Leaving the block deregisters.
