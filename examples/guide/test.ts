/** Tests a program against a registry in memory, with a clock to turn and faults to switch on. */
import assert from 'node:assert/strict'
import { cachedDiscovery } from 'rollcall'
import { testRegistry } from 'rollcall/testing'

await using server = await testRegistry()
const registry = await server.connect()
await using discovery = cachedDiscovery(registry)

await registry.register(
  { name: 'orders', id: 'dead', endpoints: ['http://10.0.0.7:8000'] },
  { ttl: 15, keepAlive: false },
)
await registry.register({ name: 'orders', id: 'alive', endpoints: ['http://10.0.0.8:8000'] }, { ttl: 15 })
assert.equal((await registry.getService('orders')).length, 2)

await server.advance(60_000) // the one that is kept alive is renewed on the way
assert.deepEqual(
  (await registry.getService('orders')).map(({ id }) => id),
  ['alive'],
)

await discovery.getService('orders')
server.goAway()
await assert.rejects(registry.getService('orders'), { code: 'unreachable' })
assert.equal((await discovery.getService('orders')).length, 1)
server.comeBack()
console.log('as it should be')
