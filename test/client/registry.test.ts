import { describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import { cachedDiscovery } from '../../src/client/cached-discovery.ts'
import { Registry, connect } from '../../src/client/registry.ts'
import { RollcallError } from '../../src/model/errors.ts'
import type { ServiceInstance } from '../../src/model/instance.ts'
import { scripted } from './clients.ts'
import { ScriptedBackend, away, recordOf } from './scripted-backend.ts'

const ids = (instances: readonly ServiceInstance[]): string[] => instances.map(({ id }) => id)

describe('a registry as Kratos has it', () => {
  it('keeps what it registered alive until it is deregistered', async () => {
    await using registry = await connect('memory:')
    const kept = await registry.register({ name: 'pay', id: 'a', endpoints: ['grpc://h:1'] })
    expect(await registry.getService('pay')).toEqual([
      { id: 'a', name: 'pay', version: '', metadata: {}, endpoints: ['grpc://h:1'] },
    ])
    await registry.deregister({ name: 'pay', id: 'a' })
    await expect(kept.done).resolves.toBeUndefined()
    expect(await registry.getService('pay', { all: true })).toEqual([])
    await expect(registry.deregister({ name: 'pay', id: 'a' })).resolves.toBeUndefined()
  })

  it('deregisters what another registered, and nothing else', async () => {
    await using registry = await connect('memory:')
    await registry.register({ name: 'pay', id: 'user-1' }, { keepAlive: false })
    await registry.register({ name: 'pay', id: 'user-10' }, { keepAlive: false })
    await registry.deregister({ name: 'pay', id: 'user-1' })
    expect(ids(await registry.getService('pay'))).toEqual(['user-10'])
  })

  it('registers the same instance again with other words', async () => {
    await using registry = await connect('memory:')
    const first = await registry.register({ name: 'pay', id: 'a', version: 'v1' })
    await registry.register({ name: 'pay', id: 'a', version: 'v2' })
    await expect(first.done).resolves.toBeUndefined()
    expect(await registry.getService('pay')).toMatchObject([{ version: 'v2' }])
  })

  it.each([
    [[], 'no endpoint is given'],
    [['nonsense'], 'cannot be dialled'],
    [['grpc://h:1', ''], 'cannot be dialled'],
    [['grpc://10.0.0.1'], 'cannot be dialled'],
    [['10.0.0.1:9000'], 'cannot be dialled'],
    [['grpc://0.0.0.0:9000'], 'names no host that others can reach'],
    [['grpc://[::]:9000'], 'names no host that others can reach'],
    [['grpc://:9000'], 'cannot be dialled'],
    [['http://svc:s3cret@10.0.0.1'], 'the endpoint "http://svc:***@10.0.0.1" cannot be dialled'],
    [['http://svc:s3cret@0.0.0.0:80'], 'the endpoint "http://svc:***@0.0.0.0:80" names no host'],
  ])('refuses the endpoints %j as the command line does, kept alive or not', async (endpoints, message) => {
    await using registry = await connect('memory:')
    const refused = { code: 'usage', message: expect.stringContaining(message) }
    const instance = { name: 'pay', id: 'a', endpoints }
    await expect(registry.register(instance)).rejects.toMatchObject(refused)
    await expect(registry.register(instance, { keepAlive: false })).rejects.toMatchObject(refused)
    expect(await registry.getService('pay', { all: true })).toEqual([])
  })

  it('takes bare addresses where the layout holds them', async () => {
    await using registry = await connect('memory:', { layout: 'plain' })
    await registry.register({ name: 'pay', id: 'a', endpoints: ['10.0.0.1:9000'] }, { keepAlive: false })
    expect(ids(await registry.getService('pay'))).toEqual(['a'])
    await expect(registry.register({ name: 'pay', id: 'b', endpoints: ['0.0.0.0:9000'] })).rejects.toMatchObject({
      code: 'usage',
    })
  })

  it('gives only what is up, unless all is asked for', async () => {
    await using registry = await connect('memory:', { layout: 'aio' })
    await registry.register({ name: 'pay', id: 'a', endpoints: ['http://h:1'] }, { keepAlive: false })
    const [entry] = await registry.client.find({ id: 'a' })
    await registry.client.setStatus(entry?.records ?? [], 'down')
    expect(await registry.getService('pay')).toEqual([])
    expect(ids(await registry.getService('pay', { all: true }))).toEqual(['a'])
  })

  it('deregisters what it keeps alive when it is closed', async () => {
    const backend = new ScriptedBackend()
    const ends: string[] = []
    const end = (word: string) => async () => void ends.push(word)
    backend.registrations.push({
      action: 'created',
      records: [],
      release: end('released'),
      [Symbol.asyncDispose]: end('deregistered'),
    })
    {
      await using registry = new Registry(scripted(backend))
      await registry.register({ name: 'pay', id: 'a' })
    }
    expect(ends).toEqual(['deregistered'])
  })

  it('tells what connects to nothing', async () => {
    await expect(connect('gopher://h:70')).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('a watcher', () => {
  it('gives the whole list, at once and after each change, and only the latest', async () => {
    await using registry = await connect('memory:')
    await using watcher = registry.watch('pay')
    expect(await watcher.next()).toEqual([])
    const kept = await registry.register({ name: 'pay', id: 'b' })
    await registry.register({ name: 'pay', id: 'a' })
    await registry.register({ name: 'ship', id: 's' })
    await eventually(async () => expect(ids(await watcher.next())).toEqual(['a', 'b']))
    await kept[Symbol.asyncDispose]()
    expect(ids(await watcher.next())).toEqual(['a'])
  })

  it('never shows half a revision', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'))
    const watcher = new Registry(scripted(backend)).watch('pay')
    expect(ids(await watcher.next())).toEqual(['a'])
    const next = watcher.next()
    await eventually(() => expect(backend.watches).toHaveLength(1))
    const removal = { removed: { id: 'pay/a', service: 'pay' } }
    backend.tell({ is: 'changes', changes: [removal, { put: recordOf('pay/b') }, { put: recordOf('pay/c') }] })
    expect(ids(await next)).toEqual(['b', 'c'])
    await watcher.stop()
  })

  it('tells the changes beside the lists', async () => {
    await using registry = await connect('memory:')
    await using watcher = registry.watch('pay')
    const types: string[] = []
    for await (const event of watcher.changes()) {
      types.push(event.type)
      if (event.type === 'synced') await registry.register({ name: 'pay', id: 'a' })
      if (event.type === 'added') break
    }
    expect(types).toEqual(['synced', 'added'])
  })

  it('is over when it was stopped, also for those who wait', async () => {
    await using registry = await connect('memory:')
    const watcher = registry.watch('pay')
    await watcher.next()
    const next = watcher.next()
    next.catch(() => {})
    await watcher.stop()
    await expect(next).rejects.toMatchObject({ code: 'interrupted' })
    await expect(watcher.next()).rejects.toMatchObject({ code: 'interrupted' })
  })

  it('hands on why its watch ended', async () => {
    const backend = new ScriptedBackend()
    backend.scanFailures.push(away())
    const watcher = new Registry(scripted(backend)).watch('pay')
    await expect(watcher.next()).rejects.toMatchObject({ code: 'unreachable' })
  })
})

describe('a cached discovery', () => {
  it('answers from memory, by one watch for each service', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'), recordOf('pay/b', { observed: { status: 'down' } }))
    await using discovery = cachedDiscovery(new Registry(scripted(backend)))
    expect(discovery.isStale('pay')).toBe(true)
    expect(ids(await discovery.getService('pay'))).toEqual(['a'])
    expect(ids(await discovery.getService('pay', { all: true }))).toEqual(['a', 'b'])
    expect(discovery.isStale('pay')).toBe(false)
    await eventually(() => expect(backend.watches).toHaveLength(1))
    backend.tell({ is: 'changes', revision: '2', changes: [{ put: recordOf('pay/c') }] })
    await eventually(async () => expect(ids(await discovery.getService('pay'))).toEqual(['a', 'c']))
    expect(backend.watches).toHaveLength(1)
  })

  it('keeps the last list, stale, while the registry is away', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'))
    await using discovery = cachedDiscovery(new Registry(scripted(backend)))
    await discovery.getService('pay')
    await eventually(() => expect(backend.watches).toHaveLength(1))
    backend.tell({ is: 'link', state: 'down' })
    await eventually(() => expect(discovery.isStale('pay')).toBe(true))
    expect(ids(await discovery.getService('pay'))).toEqual(['a'])
    backend.tell({ is: 'link', state: 'up' })
    await eventually(() => expect(discovery.isStale('pay')).toBe(false))
  })

  it('begins its watch again when it was ended, and keeps the last list meanwhile', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'))
    await using discovery = cachedDiscovery(new Registry(scripted(backend)))
    await discovery.getService('pay')
    await eventually(() => expect(backend.watches).toHaveLength(1))
    backend.put(recordOf('pay/b'))
    backend.fail(new RollcallError('unauthenticated', 'the token has expired'))
    await eventually(() => expect(discovery.isStale('pay')).toBe(true))
    expect(ids(await discovery.getService('pay'))).toEqual(['a'])
    await eventually(async () => expect(ids(await discovery.getService('pay'))).toEqual(['a', 'b']))
    expect(discovery.isStale('pay')).toBe(false)
  })

  it('rejects while there is no list yet, and asks again the next time', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'))
    backend.scanFailures.push(away())
    await using discovery = cachedDiscovery(new Registry(scripted(backend)))
    await expect(discovery.getService('pay')).rejects.toMatchObject({ code: 'unreachable' })
    expect(ids(await discovery.getService('pay'))).toEqual(['a'])
  })

  it('gives nothing once it is closed', async () => {
    const discovery = cachedDiscovery(new Registry(scripted(new ScriptedBackend())))
    await discovery.getService('pay')
    await discovery[Symbol.asyncDispose]()
    await expect(discovery.getService('pay')).rejects.toMatchObject({ code: 'interrupted' })
  })
})
