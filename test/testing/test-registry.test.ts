import { describe, expect, it } from 'vitest'
import type { KeepAliveEvent, WatchEvent } from '../../src/index.ts'
import { testRegistry } from '../../src/testing/index.ts'

const order = (id: string) => ({ name: 'orders', id, endpoints: [`grpc://${id}:9000`] })

async function ids(registry: Awaited<ReturnType<Awaited<ReturnType<typeof testRegistry>>['connect']>>) {
  return (await registry.getService('orders')).map(({ id }) => id)
}

describe('a registry for tests', () => {
  it('is one registry for all of its connections, and apart from every other', async () => {
    await using server = await testRegistry()
    await using other = await testRegistry()
    const [writer, reader, stranger] = [await server.connect(), await server.connect(), await other.connect()]
    await writer.register(order('a'))
    expect(await ids(reader)).toEqual(['a'])
    expect(await ids(stranger)).toEqual([])
    await writer[Symbol.asyncDispose]()
    expect(await ids(reader)).toEqual([])
  })

  it.each(['kratos', 'aio'] as const)(
    'expires by its clock alone what nobody renews, and keeps what is kept alive: %s',
    async (layout) => {
      await using server = await testRegistry({ layout, now: 1_700_000_000_000 })
      const registry = await server.connect()
      await registry.register(order('left'), { keepAlive: false, ...(layout === 'kratos' && { ttl: 15 }) })
      await registry.register(order('kept'), layout === 'kratos' ? { ttl: 15 } : {})
      await using watcher = registry.watch('orders')
      const seen = async () => (await watcher.next()).map(({ id }) => id)
      expect(await seen()).toEqual(['kept', 'left'])
      await server.advance(14_000)
      expect(await ids(registry)).toEqual(['kept', 'left'])
      await server.advance(3_600_000)
      expect(await seen()).toEqual(['kept'])
      expect(await ids(registry)).toEqual(['kept'])
      expect(server.now).toBe(1_700_000_000_000 + 3_614_000)
    },
  )

  it('fails every request while it is away, reports that to watches, and then what happened', async () => {
    await using server = await testRegistry()
    const [registry, other] = [await server.connect(), await server.connect()]
    await other.register(order('a'), { keepAlive: false })
    const events: string[] = []
    for await (const event of registry.client.watch({ services: ['orders'] })) {
      events.push(textOf(event))
      if (event.type === 'synced') server.goAway()
      if (event.type === 'link' && event.state === 'down') {
        await expect(registry.getService('orders')).rejects.toMatchObject({ code: 'unreachable' })
        server.comeBack()
        await other.register(order('b'), { keepAlive: false })
      }
      if (event.type === 'added') break
    }
    expect(events).toEqual(['snapshot a', 'synced', 'link down', 'link up', 'added b'])
  })

  it('forgets who could not renew while it was away, and has them back once it answers', async () => {
    await using server = await testRegistry()
    const registry = await server.connect()
    const events: KeepAliveEvent['type'][] = []
    await registry.register(order('a'), { ttl: 15, onEvent: ({ type }) => events.push(type) })
    server.goAway()
    await server.advance(60_000)
    server.comeBack()
    await expect.poll(() => events).toEqual(['registered', 'lost', 'registered-again'])
    expect(await ids(registry)).toEqual(['a'])
  })

  it('fails as many requests as are asked for, whatever heartbeats there are', async () => {
    await using server = await testRegistry()
    const registry = await server.connect()
    await registry.register(order('a'))
    server.failNext('forbidden', 2)
    await expect(registry.getService('orders')).rejects.toMatchObject({ code: 'forbidden' })
    await expect(registry.getService('orders')).rejects.toMatchObject({ code: 'forbidden' })
    expect(await ids(registry)).toEqual(['a'])
  })

  it('is slow, and a signal ends the waiting', async () => {
    await using server = await testRegistry()
    const registry = await server.connect()
    server.slowDown(3_600_000)
    const stop = new AbortController()
    const waiting = registry.getService('orders', { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    server.slowDown(0)
    expect(await ids(registry)).toEqual([])
  })

  it('loses its history, and watches go on', async () => {
    await using server = await testRegistry()
    const registry = await server.connect()
    const events: string[] = []
    for await (const event of registry.client.watch({ services: ['orders'] })) {
      events.push(textOf(event))
      if (event.type === 'synced' && events.length === 1) server.loseHistory()
      if (event.type === 'synced' && events.length > 1) await registry.register(order('a'), { keepAlive: false })
      if (event.type === 'added') break
    }
    expect(events).toEqual(['synced', 'gap', 'synced', 'added a'])
  })

  it('ends what waits for it when it is disposed of, away or not', async () => {
    const server = await testRegistry()
    const registry = await server.connect()
    const watcher = registry.watch('orders')
    await watcher.next()
    const next = watcher.next()
    next.catch(() => {})
    server.goAway()
    await server[Symbol.asyncDispose]()
    await expect(next).rejects.toMatchObject({ code: 'interrupted' })
    await expect(registry.getService('orders')).rejects.toMatchObject({ code: 'interrupted' })
  })
})

function textOf(event: WatchEvent): string {
  if ('entry' in event) return `${event.type} ${event.entry.instance.id}`
  return event.type === 'link' ? `link ${event.state}` : event.type
}
