import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Store } from '../../../src/backends/kv/store.ts'
import { zookeeper } from '../../../src/backends/zookeeper/driver.ts'
import { Client } from '../../../src/client/client.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { describeWith } from '../../servers/with-server.ts'
import { ZooKeeperEnsemble } from '../../servers/zookeeper/ensemble.ts'
import type { ZooKeeperServer } from '../../servers/zookeeper/start.ts'
import { Ground } from '../kv/suite/ground.ts'
import { openStore } from './open.ts'
import { codeOf } from './outcome.ts'
import { pictureOf } from './picture.ts'

const WAIT = { timeout: 60_000, interval: 50 }

await describeWith('zookeeper', 'an ensemble of three', () => {
  let ensemble: ZooKeeperEnsemble
  beforeAll(async () => {
    ensemble = await ZooKeeperEnsemble.start()
  }, 90_000)
  afterAll(() => ensemble[Symbol.asyncDispose]())

  const open = (hosts = ensemble.hosts): Promise<Store> => openStore(`zookeeper://${hosts}`, { requestTimeout: 3_000 })

  it.each<[string, (server: ZooKeeperServer) => Promise<void>]>([
    ['killed', (server) => server.kill()],
    ['stopped', (server) => server.stop()],
    [
      'frozen',
      async (server) => {
        server.freeze()
        await expect(server.tell('srvr')).rejects.toThrow('no answer')
      },
    ],
  ])(
    'loses no change, session or instance when its leader is %s',
    async (how, end) => {
      const base = Buffer.from(`/${how}/`)
      await using store = await open()
      await using other = await open()
      const [ground, writer] = [
        new Ground({ store, base, paths: true }),
        new Ground({ store: other, base, paths: true }),
      ]
      const url = parseRegistryUrl(`zookeeper://${ensemble.hosts}`)
      await using client = await Client.open(zookeeper.parse(url, { requestTimeout: 3_000, aioTtl: 30_000 }, {}))
      const instance = { id: how, name: 'sre', endpoints: ['grpc://10.0.0.1:9000'] }
      await using kept = await client.keepAlive(instance, { ttl: 30 })
      const session = kept.registration.lease
      const log = await ground.watch()
      await put(writer, 'before')
      const leader = await ensemble.leader()
      await end(leader)
      await put(writer, 'without')
      if (how === 'frozen') leader.thaw()
      else await leader.restart()
      await put(writer, 'after')
      const there = { after: 'after', before: 'before', without: 'without' }
      await eventually(() => expect(pictureOf(ground, log)).toEqual(there), WAIT)
      await eventually(async () => expect(await ground.texts()).toEqual(there), WAIT)
      expect(await kept.registration.beat?.()).toBe('ok')
      expect(kept.registration.lease).toBe(session)
      // The members may still be choosing among themselves: a removal now could lose its connection.
      await kept.release()
      log.stop()
    },
    180_000,
  )

  it('does not serve without a majority, says so in time, and serves again', async () => {
    await using store = await open()
    const ground = new Ground({ store, base: Buffer.from('/majority/'), paths: true })
    await put(ground, 'a')
    const log = await ground.watch()
    const [, second, third] = ensemble.members
    await Promise.all([second?.stop(), third?.stop()])
    await log.until(() => log.links().at(-1) === 'down', 60_000)
    expect(await codeOf(ground.texts())).toMatch(/unreachable|timeout/)
    await Promise.all([second?.restart(), third?.restart()])
    await log.until(() => log.links().at(-1) === 'up', 60_000)
    await put(ground, 'b')
    await log.until(() => log.changes().length > 0)
    expect(pictureOf(ground, log)).toEqual({ b: 'b' })
    log.stop()
  }, 180_000)

  it('tells of each session the address it comes from, whichever member it is with', async () => {
    const stores = await Promise.all(ensemble.members.map(({ endpoint }) => open(endpoint)))
    const leases = await Promise.all(stores.map((store) => store.grant(10)))
    await using all = await open()
    const addresses = await all.sessionAddresses?.()
    for (const { lease } of leases) expect(addresses?.get(lease)).toMatch(/^127\.0\.0\.1:\d+$/)
    for (const store of stores) await store[Symbol.asyncDispose]()
  })
})

/** Its connection may be lost on the way: then whether it came to it is not known, and it is put again. */
async function put(ground: Ground, name: string): Promise<void> {
  await eventually(() => ground.put(name, name), WAIT)
}
