import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import { Client, type KeepAliveEvent } from '../../src/client/client.ts'
import type { WatchEvent } from '../../src/model/change.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { patientTarget } from '../patience.ts'

const RESTARTS = 20

await describeWith('etcd', 'a watch and a keep-alive over restarts of etcd', () => {
  let etcd: EtcdServer
  beforeAll(async () => {
    etcd = await startEtcd()
  })
  afterAll(() => etcd[Symbol.asyncDispose]())

  it(`miss no change and lose no instance in ${RESTARTS} of them`, { timeout: 180_000 }, async () => {
    await using client = await Client.open(patientTarget(`etcd://${etcd.endpoint}`, { requestTimeout: 1_000 }))
    const kept: KeepAliveEvent[] = []
    await using registration = await client.keepAlive(
      { name: 'pay', id: 'kept' },
      { ttl: 5, onEvent: (event) => void kept.push(event) },
    )
    const stop = new AbortController()
    const told: WatchEvent[] = []
    const watching = (async () => {
      for await (const event of client.watch({}, { signal: stop.signal })) told.push(event)
    })()
    await eventually(() => expect(told.at(-1)?.type).toBe('synced'))

    const names = Array.from({ length: RESTARTS }, (_, at) => `marker-${String(at).padStart(2, '0')}`)
    for (const [at, name] of names.entries()) {
      await client.register({ name, id: 'a' }, { ttl: 600 })
      await (at % 2 === 0 ? etcd.restart() : etcd.kill().then(() => etcd.restart()))
    }
    const added = () => told.flatMap((event) => (event.type === 'added' ? [event.entry.service] : []))
    await eventually(() => expect(added().filter((name) => name !== 'pay')).toEqual(names))
    // Whatever was lost on the way is registered again, and told.
    const count = (type: KeepAliveEvent['type']) => kept.filter((event) => event.type === type).length
    await eventually(() => expect(count('registered-again')).toBe(count('lost')))
    const found = await client.find({ service: 'pay', id: 'kept' })
    expect(found).toMatchObject([{ observed: { lease: registration.registration.lease } }])
    const removals = told.filter(({ type }) => type === 'removed').length
    expect(added().filter((name) => name === 'pay')).toHaveLength(removals)
    stop.abort()
    await watching
  })
})
