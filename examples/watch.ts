/** Follows one service: the whole list after each change, as Kratos' watchers do. */
import { connect } from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
await using watcher = registry.watch('orders')
console.log('at first:', (await watcher.next()).length)

const kept = await registry.register({ name: 'orders', id: 'orders-1', endpoints: ['grpc://10.0.0.7:9000'] })
console.log('registered:', (await watcher.next()).map((instance) => instance.id).join(' '))

await kept[Symbol.asyncDispose]()
console.log('deregistered:', (await watcher.next()).length)
