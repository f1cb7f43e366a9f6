import { afterEach, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Operation } from '../../../src/backends/kv/store.ts'
import { Relay } from '../../servers/relay.ts'
import { describeWith } from '../../servers/with-server.ts'
import { type ZooKeeperServer, startZooKeeper } from '../../servers/zookeeper/start.ts'
import { Ground, numbered } from '../kv/suite/ground.ts'
import { openStore } from './open.ts'
import { pictureOf } from './picture.ts'

const BASE = Buffer.from('/burst/')
const NODES = 2_000
const BATCH = 500
const CHANGES = 10_000
const WAIT = { timeout: 60_000, interval: 50 }

for (const old of [false, true])
  await describeWith('zookeeper', `ten thousand changes in a burst, ${old ? 'looked for (3.5)' : 'told'}`, () => {
    const opened: AsyncDisposable[] = []
    afterEach(async () => {
      for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]()
    })
    const keep = <T extends AsyncDisposable>(one: T): T => {
      opened.push(one)
      return one
    }
    const open = async (endpoint: string) =>
      new Ground({ store: keep(await openStore(`zookeeper://${endpoint}`)), base: BASE, paths: true })

    it.each(['throughout', 'whose link is cut in the midst of it', 'whose server is killed in the midst of it'])(
      'end in the right picture for a watcher %s',
      async (how) => {
        const server: ZooKeeperServer = keep(await startZooKeeper({ old }))
        const relay = keep(await Relay.to(server.port))
        const writer = await open(server.endpoint)
        const watcher = await open(relay.endpoint)
        const log = await watcher.watch()
        const names = numbered(NODES)
        for (let at = 0; at < CHANGES; at += BATCH) {
          const operations = names.slice(at % NODES, (at % NODES) + BATCH).map(operation(at, writer))
          const outcomes = await writer.store.write(operations)
          expect(outcomes.filter(({ result }) => result !== 'done' && result !== 'absent')).toEqual([])
          if (at !== CHANGES / 2) continue
          if (how.includes('link')) {
            relay.cut()
            await log.until(() => log.links().at(-1) === 'down')
            relay.mend()
          } else if (how.includes('server')) {
            await server.kill()
            await server.restart()
            // It may take its time to answer where the machine has much to do.
            await eventually(() => writer.texts(), WAIT)
          }
        }
        await eventually(async () => expect(pictureOf(watcher, log)).toEqual(await writer.texts()), WAIT)
        expect(Object.keys(await writer.texts())).toHaveLength(NODES / 2)
        log.stop()
      },
      120_000,
    )
  })

/** Every third round removes each second node; the others put. */
function operation(round: number, ground: Ground): (name: string, index: number) => Operation {
  return (name, index) =>
    Math.floor(round / NODES) % 3 === 1 && index % 2 === 0
      ? { delete: ground.key(name) }
      : { put: ground.key(name), value: Buffer.from(`${round}`) }
}
