/** Registers many instances, keeps all of them registered while the program works, and deregisters them at the end. */
import { type KeepAlive, connect } from 'rollcall'

await using registry = await connect(process.argv[2] ?? 'memory:')
const instances = Array.from({ length: 100 }, (_, at) => ({
  instance: { name: 'orders', id: `orders-${at}`, endpoints: [`grpc://10.0.0.7:${9000 + at}`] },
}))
const kept: KeepAlive[] = []
try {
  for await (const some of registry.client.keepAliveEach(instances, { ttl: 15 })) kept.push(...some)
  console.log(`${kept.length} are kept alive, the first by a heartbeat every ${kept[0]?.registration.beatEvery} ms`)
  // Here the program does its work.
} finally {
  await Promise.all(kept.map((each) => each[Symbol.asyncDispose]()))
}
console.log((await registry.getService('orders', { all: true })).length)
