import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Client } from '../../../src/client/client.ts'
import type { MonitorEvent } from '../../../src/client/monitor/event.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { registerAio, renewing } from './instances.ts'
import { Registry } from './registries.ts'

/** Milliseconds. */
const TTL = 2_000
const SOON = { timeout: 20_000, interval: 50 }

await describeWith('etcd', 'a registry that is frozen under the monitor', () => {
  let etcd: EtcdServer
  let registry: Registry
  let client: Client
  beforeAll(async () => {
    etcd = await startEtcd()
    registry = new Registry(`etcd://${etcd.endpoint}`)
    client = await registry.open({ aioTtl: TTL, requestTimeout: 30_000 })
  })
  afterAll(async () => {
    await registry.close()
    await etcd[Symbol.asyncDispose]()
  })

  it.each([
    ['shorter than the TTL', TTL / 4],
    ['longer than the TTL and the lock', TTL * 2],
  ])(
    'for %s costs no live instance its status, and the dead are marked after it',
    async (_, frozen) => {
      await registerAio(client, 'alive')
      await registerAio(client, 'dead')
      await using renewals = renewing(client, ['alive'], TTL / 10)
      const events: MonitorEvent[] = []
      const marked = () => events.flatMap((event) => (event.type === 'down' ? event.entry.instance.id : []))
      const watching = await registry.open({ aioTtl: TTL })
      await using monitor = watching.monitor({ every: TTL / 4, onEvent: (event) => void events.push(event) })
      await eventually(() => expect(monitor.leads).toBe(true), SOON)
      etcd.freeze()
      await pause(frozen)
      etcd.thaw()
      await eventually(() => expect(marked()).toEqual(['dead']), SOON)
      await renewals[Symbol.asyncDispose]()
      await eventually(() => expect(marked()).toEqual(['dead', 'alive']), SOON)
    },
    60_000,
  )
})
