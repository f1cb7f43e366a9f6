import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Backend, Scope } from '../../../src/backends/contract/backend.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { WatchLog } from '../../conformance/watch-log.ts'
import { json, plant, SharedFile } from './shared-file.ts'

let file: SharedFile
beforeEach(async () => {
  file = await SharedFile.create()
})
afterEach(() => file[Symbol.asyncDispose]())

/** `key: what it reads as`, in the order of the scan. */
async function readings(backend: Backend, scope: Scope = {}): Promise<string[]> {
  const all: string[] = []
  for await (const { records } of backend.scan(scope))
    for (const record of records) {
      const reading = backend.read(record, Date.now())
      const said =
        reading.is === 'instance'
          ? reading.observed.layout
          : reading.is === 'malformed'
            ? reading.problem.code
            : reading.is
      all.push(`${record.id}: ${said}`)
    }
  return all
}

describe('prefixes', () => {
  const instance = { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] }

  it.each([
    ['auto', undefined, '/microservices/sre/i-1: kratos'],
    ['auto', '/kratos', '/kratos/sre/i-1: kratos'],
    ['auto', '/x/', '/x//sre/i-1: kratos'],
    ['auto', '/', '/sre/i-1: kratos'],
    ['auto', '/aio/registry', '/aio/registry/sre/i-1: aio'],
    ['aio', undefined, '/aio/registry/sre/i-1: aio'],
    ['aio', '/mine', '/mine/sre/i-1: aio'],
    ['plain', undefined, '/services/sre/i-1: plain'],
    ['kratos-scheme', undefined, '/microservices/sre/grpc/i-1: kratos-scheme'],
  ] as const)('layout %s and prefix %s write and read %s', async (layout, prefix, stored) => {
    const backend = await file.open(layout, prefix)
    await backend.register(instance, {})
    expect(await readings(backend)).toEqual([stored])
    expect(await readings(backend, { services: ['sre'] })).toEqual([stored])
  })

  it('reads both usual prefixes, the records of one service together', async () => {
    const backend = await file.open()
    for (const name of ['b', 'a', 'c']) {
      await backend.register({ ...instance, name }, {})
      if (name !== 'b') await backend.register({ ...instance, name }, { layout: 'aio' })
    }
    const all = ['/aio/registry/a/i-1: aio', '/microservices/a/i-1: kratos', '/microservices/b/i-1: kratos']
    const last = ['/aio/registry/c/i-1: aio', '/microservices/c/i-1: kratos']
    expect(await readings(backend)).toEqual([...all, ...last])
    expect(await readings(backend, { services: ['c'] })).toEqual(last)
  })

  it('watches both usual prefixes, and nothing between them', async () => {
    const backend = await file.open()
    const outside = await file.open('auto', '/kratos')
    await backend.register({ ...instance, id: 'first' }, {})
    const log = new WatchLog(backend, {}, '0')
    await outside.register(instance, {})
    await backend.register(instance, { layout: 'aio' })
    await backend.register(instance, { layout: 'kratos' })
    await log.tells(['+/microservices/sre/first', '+/aio/registry/sre/i-1', '+/microservices/sre/i-1'])
    const revisions = log.messages.flatMap((message) => ('revision' in message ? [Number(message.revision)] : []))
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b))
    await log.stop()
  })
})

describe('keys', () => {
  it('shows a key that ends with the name of its service, with that service', async () => {
    const backend = await file.open()
    const ids = ['/microservices/sre', '/microservices/sre-x/1', '/microservices/sre/1', '/microservices/srf']
    await plant(backend, Object.fromEntries(ids.map((id) => [id, json('sre', '1')])))
    const of = (name: string) => readings(backend, { services: [name] })
    expect(await of('sre')).toEqual(['/microservices/sre: kratos', '/microservices/sre/1: kratos'])
    expect(await of('srf')).toEqual(['/microservices/srf: short-key'])
    const all = (await readings(backend)).map((line) => line.split(':')[0])
    expect(all).toEqual([ids[1], ids[0], ids[2], ids[3]])
  })

  it('shows, finds and removes keys that are not UTF-8', async () => {
    const backend = await file.open()
    const keys = ['/microservices/\\xff\\xfe/1', '/microservices/\\xff\\xff', '/microservices/a\\\\b/\\x00']
    await plant(backend, Object.fromEntries(keys.map((key) => [key, json('x', '1')])))
    const records: RawRecord[] = []
    for await (const page of backend.scan({})) records.push(...page.records)
    expect(records.map((record) => record.id)).toEqual([keys[2], keys[0], keys[1]])
    const services = records.map((record) => record.service)
    expect(services).toEqual(['a\\b', '\\xff\\xfe', '\\xff\\xff'])
    for (const service of services) expect(await readings(backend, { services: [service] })).toHaveLength(1)
    for (const rawKey of keys)
      for await (const page of backend.scan({ rawKey }))
        for await (const outcome of backend.remove(page.records))
          expect(outcome).toEqual({ id: rawKey, result: 'done' })
    expect(await readings(backend)).toEqual([])
  })

  it('reads a bare address by who owns the prefix, and where nobody does by its own folder', async () => {
    const backend = await file.open()
    await plant(backend, {
      '/services/gateway/1': '10.0.0.1:8080',
      '/kratos/gateway/1': '10.0.0.1:8080',
      '/kratos/sre/1': json('sre', '1'),
      '/kratos/sre/2': '10.0.0.1:8080',
      '/microservices/gateway/1': '10.0.0.1:8080',
    })
    expect(await readings(await file.open('auto', '/services'))).toEqual(['/services/gateway/1: plain'])
    const kratos = await file.open('auto', '/kratos')
    expect(await readings(kratos, { services: ['sre'] })).toEqual(['/kratos/sre/1: kratos', '/kratos/sre/2: foreign'])
    expect(await readings(await file.open('auto', '/kratos'))).toEqual([
      '/kratos/gateway/1: plain',
      '/kratos/sre/1: kratos',
      '/kratos/sre/2: foreign',
    ])
    expect(await readings(await file.open('kratos', '/kratos'), { services: ['gateway'] })).toEqual([
      '/kratos/gateway/1: not-json',
    ])
    expect(await readings(backend)).toEqual(['/microservices/gateway/1: not-json'])
  })
})

describe('an instance of several records', () => {
  const instance = { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000', 'http://10.0.0.1:8000'] }

  it('is replaced with all of its parts', async () => {
    const backend = await file.open('kratos-scheme')
    await backend.register(instance, {})
    const other = { ...instance, endpoints: ['ws://10.0.0.1:7000'] }
    await expect(backend.register(other, {})).rejects.toMatchObject({ code: 'conflict' })
    expect(await backend.register(other, { replace: true })).toMatchObject({ action: 'replaced' })
    expect(await readings(backend)).toEqual(['/microservices/sre/ws/i-1: kratos-scheme'])
  })

  it('is completed when a part of it was lost', async () => {
    const backend = await file.open('kratos-scheme')
    const registration = await backend.register(instance, { keepAlive: true })
    for await (const outcome of backend.remove(registration.records.slice(0, 1))) expect(outcome.result).toBe('done')
    expect(await registration.beat?.()).toBe('lost')
    const again = await backend.register(instance, { keepAlive: true })
    expect([again.action, await again.beat?.()]).toEqual(['renewed', 'ok'])
    expect(await readings(backend)).toHaveLength(2)
  })
})

describe('a registration that is kept alive', () => {
  const instance = { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] }

  it('removes its record at the end, also where another has put it back on its lease meanwhile', async () => {
    const backend = await file.open()
    const registration = await backend.register(instance, { keepAlive: true, ttl: 60 })
    const [record] = registration.records
    if (!record) throw new Error('nothing was written')
    for await (const { result } of backend.remove([record])) expect(result).toBe('done')
    for await (const { result } of backend.restore?.([{ ...record, ttlGranted: 60 }]) ?? []) expect(result).toBe('done')
    await registration[Symbol.asyncDispose]()
    expect(await readings(backend)).toEqual([])
  })

  it('leaves what another has registered in its place', async () => {
    const backend = await file.open()
    const registration = await backend.register(instance, { keepAlive: true, ttl: 60 })
    await backend.register({ ...instance, version: 'v2' }, { replace: true, ttl: 60 })
    await registration[Symbol.asyncDispose]()
    expect(await readings(backend)).toEqual(['/microservices/sre/i-1: kratos'])
  })
})

describe('alternatives', () => {
  it('finds where else instances lie, past what is something else', async () => {
    const backend = await file.open()
    const noise = Array.from({ length: 300 }, (_, at) => [`/config/app/key-${at}`, `${at}`] as const)
    await plant(backend, {
      ...Object.fromEntries(noise),
      '/a/deep/prefix/sre/grpc/1': json('sre', '1'),
      '/kratos/sre/1': json('sre', '1'),
      '/kratos/sre/2': json('sre', '2'),
      '/microservices/sre/1': json('sre', '1'),
      '/zoo/sre/1': '{"id":"1","name":"sre","address":"10.0.0.1:80","register_time":"2026-11-21T05:00:00Z"}',
      'sre/1': json('sre', '1'),
    })
    expect(await backend.alternatives?.()).toEqual([
      { place: '/a/deep/prefix', option: 'prefix', count: 1, unit: 'key', more: false },
      { place: '/kratos', option: 'prefix', count: 2, unit: 'key', more: false },
      { place: '/zoo', option: 'prefix', count: 1, unit: 'key', more: false },
      { place: '', option: 'prefix', count: 1, unit: 'key', more: false },
    ])
    const kratos = await file.open('auto', '/kratos')
    expect((await kratos.alternatives?.())?.map((alternative) => alternative.place)).toEqual([
      '/a/deep/prefix',
      '/microservices',
      '/zoo',
      '',
    ])
  })

  it('names the services of other frameworks', async () => {
    const backend = await file.open()
    await plant(backend, {
      'kitex/registry-etcd/echo.svc/10.0.0.41:8888':
        '{"network":"tcp","address":"10.0.0.41:8888","weight":10,"tags":null}',
      '/dubbo/D$G/providers/tri%3A%2F%2F192.0.2.2%3A20880%2FD%24G%3Finterface%3DD%24G': '',
      '/service/default/default/hello/v1.0.0/10.0.0.61:8000': '{"protocol":"http"}',
      '/service/default/default/hello/v1.0.0/10.0.0.62:8000': '{"protocol":"http"}',
    })
    const owner = await backend.register(
      { name: 'user.rpc', id: '77', endpoints: ['10.0.0.6:8080'] },
      { layout: 'plain' },
    )
    expect(owner.action).toBe('created')
    expect(await (await file.open('auto', '/none')).alternatives?.()).toEqual([
      {
        place: '/dubbo',
        option: 'prefix',
        looksLike: 'Dubbo',
        services: ['D$G'],
        count: 1,
        unit: 'key',
        more: false,
      },
      {
        place: '/service',
        option: 'prefix',
        looksLike: 'GoFrame',
        services: ['hello'],
        count: 2,
        unit: 'key',
        more: false,
      },
      {
        place: '/services',
        option: 'prefix',
        looksLike: 'go-zero',
        services: ['user.rpc'],
        count: 1,
        unit: 'key',
        more: false,
      },
      {
        place: 'kitex/registry-etcd',
        option: 'prefix',
        looksLike: 'Kitex',
        services: ['echo.svc'],
        count: 1,
        unit: 'key',
        more: false,
      },
    ])
  })
})
