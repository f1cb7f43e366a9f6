/** A registry of a test, with its clock and its faults. */
import { type TestRegistry, type TestRegistryOptions, testRegistry } from 'rollcall/testing'

const options: TestRegistryOptions = { now: Date.parse('2026-01-01T00:00:00Z'), layout: 'aio' }
await using server: TestRegistry = await testRegistry(options)
await using registry = await server.connect()
await registry.register({ name: 'pay', id: 'pay-1', endpoints: ['grpc://10.0.0.7:9000'] }, { keepAlive: false })

async function statusAfter(milliseconds: number): Promise<string> {
  await server.advance(milliseconds)
  return (await registry.client.find({ service: 'pay' })).map(({ observed }) => observed.status).join()
}
console.log(await statusAfter(1_000), await statusAfter(60_000), new Date(server.now).toISOString())
