import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/backends/kv/store.ts'
import { openLocalStore } from '../../src/backends/local/store.ts'
import { Client } from '../../src/client/client.ts'
import type { InstanceEntry } from '../../src/model/reading.ts'
import { openStore as openEtcd } from '../backends/etcd/open.ts'
import { frameworkRecords, load } from '../cli/frameworks.ts'
import { patientTarget } from '../patience.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { instancesOf } from './instances-of.ts'

interface Place {
  readonly url: string
  readonly store: Store
}

const captured = [...frameworkRecords('etcd').values()].flat()
/** The records that lie under a prefix of their framework's own. */
const OWN = [
  'greeter/greeter-8f1 go-micro',
  'greeter/greeter-9a2 go-micro',
  'hello/10.0.0.61:8000 goframe',
  'hello/10.0.0.62:8000,10.0.0.62:9000 goframe',
  'echo.svc/10.0.0.41:8888 kitex',
  'echo.svc/10.0.0.42:8888 kitex',
]

const named = ({ service, instance, observed }: InstanceEntry) => `${service}/${instance.id} ${observed.layout}`

/** What the real libraries wrote, read on a real store, and what rollcall writes for them. */
function onStore(place: () => Place): void {
  const open = (settings: Parameters<typeof patientTarget>[1] = {}) => Client.open(patientTarget(place().url, settings))

  it('reads the places of all layouts when none is named, services together', async () => {
    await load(place().store, captured)
    await using client = await open()
    const kratos = await client.register({ id: 'f-1', name: 'france', endpoints: ['grpc://10.0.0.1:1'] }, { ttl: 60 })
    const found = (await instancesOf(client)).map(named)
    expect(found.toSorted()).toEqual([...OWN, 'france/f-1 kratos'].toSorted())
    const services = found.map((line) => line.split('/')[0])
    expect(services).toEqual(['echo.svc', 'echo.svc', 'france', 'greeter', 'greeter', 'hello', 'hello'])
    expect((await instancesOf(client, ['hello', 'france', 'nobody'])).map(named)).toEqual([
      'france/f-1 kratos',
      'hello/10.0.0.61:8000 goframe',
      'hello/10.0.0.62:8000,10.0.0.62:9000 goframe',
    ])
    await kratos[Symbol.asyncDispose]()
  })

  it('reads the rest where it is named, and in the store as a whole', async () => {
    await load(place().store, captured)
    await using whole = await open({ prefix: '' })
    const layouts = (await instancesOf(whole)).map(({ observed }) => observed.layout)
    expect(layouts).toHaveLength(captured.length)
    await using zero = await open({ layout: 'go-zero' })
    expect((await instancesOf(zero, ['user.rpc', 'order.rpc'])).map(({ service }) => service).toSorted()).toEqual([
      'order.rpc',
      'user.rpc',
      'user.rpc',
    ])
  })

  it.each(['kitex/registry-etcd', '/service', '/micro/registry', '/grpc', 'prod'])(
    'renews, removes and restores below %s',
    async (prefix) => {
      await load(place().store, captured)
      await using client = await open({ prefix })
      const entries = await instancesOf(client)
      const records = entries.flatMap((entry) => entry.records)
      expect(records.length).toBeGreaterThan(0)
      for (const outcome of await client.renew(records)) expect(outcome.result).toBe('done')
      for (const outcome of await client.setStatus(records, 'down')) expect(outcome.result).toBe('unsupported')
      for await (const outcome of client.remove(records)) expect(outcome.result).toBe('done')
      expect(await instancesOf(client)).toEqual([])
      const back = records.map((record) => ({ ...record, ttlGranted: 600 }))
      for await (const outcome of client.restore(back)) expect(outcome.result).toBe('done')
      const again = (await instancesOf(client)).flatMap((entry) => entry.records)
      expect(again.map(({ id, body, lease }) => ({ id, body, lease }))).toEqual(
        records.map(({ id, body, lease }) => ({ id, body, lease })),
      )
    },
  )

  it('watches the places of all layouts, and the services named', async () => {
    const { store } = place()
    await using all = await open()
    await using some = await open()
    const stop = new AbortController()
    const told: Record<'all' | 'some', string[]> = { all: [], some: [] }
    let ready = 0
    const follow = async (name: 'all' | 'some', events: ReturnType<Client['watch']>) => {
      for await (const event of events) {
        if (event.type === 'synced' && ++ready === 2) await load(store, captured)
        if ('entry' in event) told[name].push(`${event.type} ${named(event.entry)}`)
        if (told.all.length === OWN.length && told.some.length === 2) stop.abort()
      }
    }
    const following = [
      follow('all', all.watch({}, { signal: stop.signal })),
      follow('some', some.watch({ services: ['hello'] }, { signal: stop.signal })),
    ]
    await Promise.all(following)
    expect(told.all.toSorted()).toEqual(OWN.map((line) => `added ${line}`).toSorted())
    expect(told.some.toSorted()).toEqual(OWN.slice(2, 4).map((line) => `added ${line}`))
  })

  describe('go-zero', () => {
    const instance = { id: 'web-1', name: 'user.rpc', endpoints: ['10.0.0.9:8080'] }

    it('is written under a key that ends with its lease, and found again by its address', async () => {
      await using client = await open({ layout: 'go-zero' })
      const one = await client.register(instance, { ttl: 60 })
      const inDecimal = BigInt(`0x${one.lease}`).toString()
      expect([one.action, one.records.map(({ id }) => id)]).toEqual(['created', [`user.rpc/${inDecimal}`]])
      const [entry] = await instancesOf(client, ['user.rpc'])
      expect(entry).toMatchObject({
        instance: { id: inDecimal, endpoints: ['10.0.0.9:8080'] },
        observed: { lease: one.lease },
      })
      const again = await client.register(instance, { ttl: 60 })
      expect([again.action, again.records.map(({ id }) => id)]).toEqual(['renewed', [`user.rpc/${inDecimal}`]])
      await using other = await open({ prefix: '' })
      expect((await instancesOf(other)).map(named)).toEqual([`user.rpc/${inDecimal} go-zero`])
    })

    it('comes under a new lease, and so a new key, when it is kept alive or was lost', async () => {
      await using client = await open({ layout: 'go-zero', prefix: 'prod' })
      await client.register(instance, { ttl: 60 })
      const kept = await client.backend.register(instance, { ttl: 60, keepAlive: true })
      expect(kept.action).toBe('renewed')
      expect(kept.records.map(({ id }) => id)).toEqual([`prod/user.rpc/${BigInt(`0x${kept.lease}`)}`])
      expect(await instancesOf(client)).toHaveLength(1)
      expect(await kept.beat?.()).toBe('ok')
      for await (const { result } of client.remove(kept.records)) expect(result).toBe('done')
      expect(await kept.beat?.()).toBe('lost')
      const next = await client.backend.register(instance, { ttl: 60, keepAlive: true })
      expect([next.action, next.lease === kept.lease]).toEqual(['created', false])
      await next[Symbol.asyncDispose]()
      expect(await instancesOf(client)).toEqual([])
    })

    it('is written under a number that was set, and needs a lease without one', async () => {
      await using client = await open({ layout: 'go-zero' })
      const { records } = await client.register({ ...instance, id: '7' }, { ttl: 60 })
      expect(records.map(({ id }) => id)).toEqual(['user.rpc/7'])
      const refused = { code: 'usage', hint: expect.stringContaining('`ttl: null`') }
      await expect(client.register(instance, { ttl: null })).rejects.toMatchObject(refused)
    })
  })

  it('refuses to write what is only read', async () => {
    await using client = await open({ prefix: '/micro/registry' })
    const refusal = client.register({ id: 'a', name: 'greeter', endpoints: ['grpc://10.0.0.1:1'] })
    await expect(refusal).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('go-micro') })
    expect(await instancesOf(client)).toEqual([])
  })
}

describe('frameworks, embedded', () => {
  let folder: string
  let store: Awaited<ReturnType<typeof openLocalStore>>
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-frameworks-'))
    store = await openLocalStore(join(folder, 'r.db'), Date.now)
    await store.create()
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })
  onStore(() => ({ url: `file:${join(folder, 'r.db')}`, store }))
})

await describeWith('etcd', 'frameworks, on etcd', () => {
  let server: EtcdServer
  let store: Store
  beforeEach(async () => {
    server = await startEtcd()
    store = await openEtcd(`etcd://${server.endpoint}`)
  })
  afterEach(async () => {
    await store[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })
  onStore(() => ({ url: `etcd://${server.endpoint}`, store }))
})
