/** Registers an instance in the AIO layout, and renews it until the block ends, as AIO's `RenewService` does. */
import { connect } from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:', { layout: 'aio' })
const instance = { name: 'user-service', id: 'user-service-1', endpoints: ['http://10.0.0.7:8080'] }
await registry.register(instance, { keepAlive: false })

await using renewed = await registry.renewService(instance, { every: 10_000 })
renewed.done.catch((error: Error) => console.error(error.message)) // another has removed it
console.log(`${instance.id} is renewed every ${renewed.every / 1000} s`)

for await (const entry of registry.entries({ services: [instance.name] }))
  if (entry.is === 'instance') console.log(entry.observed.status)
// Here the program does its work. Leaving the block ends the heartbeats; the record stays.
