import * as grpc from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { registerResolver, type GrpcResolverOptions } from '../../src/grpc/index.ts'
import { type Registry, connect } from '../../src/index.ts'
import { type TestRegistry, testRegistry } from '../../src/testing/index.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { EchoClient, EchoServer } from './echo.ts'

let servers: EchoServer[]
let names = 0
/** grpc-js shares what it knows of a target within a process, so each test has a service of its own. */
let service: string

beforeEach(async () => {
  servers = [await EchoServer.start('a'), await EchoServer.start('b')]
  service = `echo-${names++}`
})
afterEach(() => servers.forEach((server) => server.kill()))

async function registerAll(registry: Registry, metadata: Readonly<Record<string, Record<string, string>>> = {}) {
  for (const { id, port } of servers)
    await registry.register(instanceOf(id, port, metadata[id]), { keepAlive: false, ttl: null })
}

function instanceOf(id: string, port: number, metadata: Record<string, string> = {}) {
  return { name: service, id, metadata, endpoints: [`grpc://127.0.0.1:${port}`] }
}

async function memory(options: GrpcResolverOptions = {}) {
  const server: TestRegistry = await testRegistry()
  const registry = await server.connect()
  const resolver = registerResolver(grpc, registry, options)
  const end = async () => {
    await resolver[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  }
  return { server, registry, [Symbol.asyncDispose]: end }
}

describe('a channel of grpc-js', () => {
  it.each(['discovery', 'rollcall'])(
    'finds the instances of %s:///name, and follows who comes and goes',
    async (scheme) => {
      await using ground = await memory()
      const [a, b] = servers as [EchoServer, EchoServer]
      await ground.registry.register(instanceOf('a', a.port), { keepAlive: false })
      using client = new EchoClient(`${scheme}:///${service}`)
      expect(await client.times(3)).toBe('aaa')
      await ground.registry.register(instanceOf('b', b.port), { keepAlive: false })
      await expect.poll(() => client.times(4)).toMatch(/^(abab|baba)$/)
      await ground.registry.deregister({ name: service, id: 'a' })
      await expect.poll(() => client.times(4)).toBe('bbbb')
    },
  )

  it('gives each instance as many calls as it weighs, evenly spread', async () => {
    await using ground = await memory()
    await registerAll(ground.registry, { a: { weight: '3' }, b: { weight: '1' } })
    using client = new EchoClient(`rollcall:///${service}`)
    await expect.poll(() => client.times(4)).toMatch(/b/)
    expect((await client.times(40)).replaceAll('b', '')).toHaveLength(30)
  })

  it('sends none to an instance that is not up', async () => {
    await using server = await testRegistry({ layout: 'aio' })
    const registry = await server.connect()
    await using resolver = registerResolver(grpc, registry)
    for (const { id, port } of servers) await registry.register(instanceOf(id, port), { keepAlive: false })
    using client = new EchoClient(`rollcall:///${service}`)
    await expect.poll(() => client.times(4)).toMatch(/a.*b|b.*a/)
    const [entry] = await registry.client.find({ service, id: 'a' })
    await registry.client.setStatus(entry?.records ?? [], 'down')
    await expect.poll(() => client.times(4)).toBe('bbbb')
    // Without the resolver the last list stays.
    await resolver[Symbol.asyncDispose]()
    expect(await client.times(4)).toBe('bbbb')
  })

  it('goes on with the other server when one is killed while the registry is away, and loses no call that may be repeated', async () => {
    await using ground = await memory({ idempotent: ['test.Echo/Say'] })
    await registerAll(ground.registry)
    using client = new EchoClient(`rollcall:///${service}`)
    await expect.poll(() => client.times(4)).toMatch(/a.*b|b.*a/)
    ground.server.goAway()
    await failOver(client)
  })

  it('tries another instance when one says that it is unavailable, and leaves it out after three of those', async () => {
    await using ground = await memory({ idempotent: ['test.Echo/Say'] })
    await registerAll(ground.registry, { a: { weight: '9' }, b: { weight: '1' } })
    using client = new EchoClient(`rollcall:///${service}`)
    await expect.poll(() => client.times(10)).toMatch(/b/)
    const [a] = servers as [EchoServer, EchoServer]
    a.failure = grpc.status.UNAVAILABLE
    a.calls = 0
    expect(await client.times(20)).toBe('b'.repeat(20))
    expect(a.calls).toBe(3)
  })

  it('repeats no call that nobody said may be repeated', async () => {
    await using ground = await memory({ idempotent: ['test.Echo/Say'] })
    await registerAll(ground.registry)
    using client = new EchoClient(`rollcall:///${service}`)
    await expect.poll(() => client.times(4)).toMatch(/a.*b|b.*a/)
    for (const server of servers) [server.failure, server.calls] = [grpc.status.UNAVAILABLE, 0]
    await expect(client.say('once')).rejects.toMatchObject({ code: grpc.status.UNAVAILABLE })
    expect(servers.reduce((calls, server) => calls + server.calls, 0)).toBe(1)
    await expect(client.say()).rejects.toMatchObject({ code: grpc.status.UNAVAILABLE })
    expect(servers.reduce((calls, server) => calls + server.calls, 0)).toBe(4)
  })

  it('takes a service configuration of its own', async () => {
    await using ground = await memory()
    await registerAll(ground.registry)
    const config = JSON.stringify({ loadBalancingConfig: [{ pick_first: {} }], methodConfig: [] })
    using client = new EchoClient(`rollcall:///${service}`, { 'grpc.service_config': config })
    expect(await client.times(4)).toMatch(/^(a{4}|b{4})$/)
  })

  it('fails with the reason while there is no instance, or no registry, and works once there is', async () => {
    await using ground = await memory()
    ground.server.goAway()
    using client = new EchoClient(`rollcall:///${service}`)
    await expect(client.say()).rejects.toThrow('the registry of the test is away')
    ground.server.comeBack()
    await expect.poll(() => client.say().catch(String)).toContain('none of 0 instances of')
    await registerAll(ground.registry)
    await expect.poll(() => client.say().catch(String)).toMatch(/^[ab]$/)
  })

  it('has a registry for each scheme', async () => {
    await using one = await memory({ schemes: ['one'] })
    await using two = await memory({ schemes: ['two'] })
    const [a, b] = servers as [EchoServer, EchoServer]
    await one.registry.register(instanceOf('a', a.port), { keepAlive: false })
    await two.registry.register(instanceOf('b', b.port), { keepAlive: false })
    using first = new EchoClient(`one:///${service}`)
    using second = new EchoClient(`two:///${service}`)
    expect(await first.times(2)).toBe('aa')
    expect(await second.times(2)).toBe('bb')
  })

  it('refuses a target with an authority', async () => {
    await using ground = await memory()
    expect(ground.registry).toBeDefined()
    expect(() => new EchoClient(`rollcall://prod/${service}`)).toThrow('names an authority, which is not used')
  })

  it('refuses a target that cannot be decoded', async () => {
    await using ground = await memory()
    expect(ground.registry).toBeDefined()
    expect(() => new EchoClient('rollcall:///%zz')).toThrow('"%zz" does not name a service')
  })
})

await describeWith('etcd', 'a channel of grpc-js, with etcd', () => {
  it('goes on with the other server when one is killed while etcd is down, and loses no call that may be repeated', async () => {
    await using etcd = await startEtcd()
    await using registry = await connect(`etcd://${etcd.endpoint}`)
    await using resolver = registerResolver(grpc, registry, { idempotent: ['test.Echo'] })
    await registerAll(registry)
    using client = new EchoClient(`discovery:///${service}`)
    await expect.poll(() => client.times(4)).toMatch(/a.*b|b.*a/)
    await etcd.kill()
    await failOver(client)
    await resolver[Symbol.asyncDispose]()
    expect(await client.say()).toBe('a')
  })
})

/** Kills one server in the middle of many calls, then starts it again and kills the other. */
async function failOver(client: EchoClient): Promise<void> {
  const [a, b] = servers as [EchoServer, EchoServer]
  expect(await callsWhile(client, async () => a.kill())).toContain('b')
  expect(await client.times(6)).toBe('bbbbbb')
  const again = await EchoServer.start('a', a.port)
  servers.push(again)
  await expect.poll(() => client.times(4)).toMatch(/a/)
  await callsWhile(client, async () => b.kill())
  expect(await client.times(6)).toBe('aaaaaa')
}

/** Makes calls, ten at a time, before, during and after that: all of them must succeed. */
async function callsWhile(client: EchoClient, act: () => Promise<void>): Promise<string> {
  let ids = ''
  const some = async () => {
    for (let at = 0; at < 10; at++) ids += await client.say()
  }
  const many = () => Promise.all(Array.from({ length: 10 }, some))
  await many()
  const during = many()
  await act()
  await during
  await many()
  return ids
}
