import { PATIENT } from '../../patience.ts'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { inside, type Store } from '../../../src/backends/kv/store.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { Relay } from '../../servers/relay.ts'
import { describeWith } from '../../servers/with-server.ts'
import { rounds } from '../../rounds.ts'
import { WatchLog } from '../kv/suite/watch-log.ts'
import { openStore } from './open.ts'
import { Writer } from './writer.ts'

const WITHIN = 40_000
const RESTARTS = rounds(6, 20)

await describeWith('etcd', 'a watch on etcd', () => {
  let etcd: EtcdServer
  const opened: Store[] = []
  beforeAll(async () => {
    etcd = await startEtcd({ flags: ['--heartbeat-interval=20', '--election-timeout=200'] })
  })
  afterEach(async () => {
    for (const store of opened.splice(0)) await store[Symbol.asyncDispose]()
  })
  afterAll(() => etcd[Symbol.asyncDispose]())

  const open = async (requestTimeout = 1_000): Promise<Store> => {
    const store = await openStore(`etcd://${etcd.endpoint}`, { requestTimeout })
    opened.push(store)
    return store
  }

  const put = async (key: string): Promise<string> => {
    const store = await open(PATIENT.requestTimeout)
    const [outcome] = await store.write([{ put: Buffer.from(key), value: Buffer.from('') }])
    return outcome?.revision ?? ''
  }

  /** A watch from now on over a prefix that is written to all the time, or over two with Kubernetes' keys between. */
  const follow = async (name: string, sides = 1) => {
    const store = await open()
    const places = [`/${name}`, `/z/${name}`].slice(0, sides)
    if (sides > 1) await put('/registry/pods/default/p-1')
    const ranges = places.map((place) => inside(Buffer.from(place)))
    const since = await put('/start')
    const log = new WatchLog(store, ranges, since)
    const writer = new Writer(
      await open(),
      places.map((place) => `${place}/`),
    )
    return { store, ranges, log, writer, since }
  }

  /** All that was answered was told, in order and once; what was cut off in flight may have happened or not. */
  const expectWhole = async ({ store, ranges, log, writer, since }: Awaited<ReturnType<typeof follow>>) => {
    await writer.stop()
    const last = writer.revisions.at(-1) ?? ''
    await log.until(() => log.revisions().includes(last), WITHIN)
    const again = new WatchLog(store, ranges, since)
    await again.until(() => again.revisions().includes(last), WITHIN)
    expect(log.revisions()).toEqual(again.revisions())
    const told = new Set(log.revisions())
    expect(writer.revisions.filter((revision) => !told.has(revision))).toEqual([])
    log.stop()
    again.stop()
  }

  it.each([1, 2])(
    `of %i ranges misses and repeats nothing over ${RESTARTS} restarts`,
    { timeout: 120_000 },
    async (sides) => {
      const watched = await follow(`restarts-${sides}`, sides)
      for (let restart = 0; restart < RESTARTS; restart++) {
        await watched.writer.more(20)
        await (restart % 2 === 0 ? etcd.restart() : etcd.kill().then(() => etcd.restart()))
      }
      await watched.writer.more(20)
      await expectWhole(watched)
    },
  )

  it.each([1, 2])(
    'of %i ranges goes on when etcd was frozen for longer than a connection lasts',
    { timeout: 60_000 },
    async (sides) => {
      const watched = await follow(`frozen-${sides}`, sides)
      await watched.writer.more(20)
      etcd.freeze()
      await watched.log.until(() => watched.log.links().includes('down'), WITHIN)
      etcd.thaw()
      await watched.writer.more(20)
      await expectWhole(watched)
    },
  )

  it('goes on when etcd was away for ten seconds', { timeout: 60_000 }, async () => {
    const watched = await follow('stopped')
    await watched.writer.more(20)
    await etcd.stop()
    await delay(10_000)
    await etcd.restart()
    await watched.writer.more(20)
    await expectWhole(watched)
  })

  it('is asked anew as soon as it is back, however often it did not answer', async () => {
    const store = await open(5_000)
    const count = () => store.count({ start: Buffer.from('/nothing/'), end: Buffer.from('/nothing0') })
    await etcd.stop()
    // Long enough for its attempts to come as rarely as they may.
    const end = Date.now() + 3_000
    while (Date.now() < end) {
      await expect(count()).rejects.toMatchObject({ code: 'unreachable' })
      await delay(50)
    }
    await etcd.restart()
    expect(await count()).toBe(0)
  })

  it('is never sent what was given up while it was away', async () => {
    const store = await open(5_000)
    const range = { start: Buffer.from('/given-up/'), end: Buffer.from('/given-up0') }
    await etcd.stop()
    await expect(store.count(range)).rejects.toMatchObject({ code: 'unreachable' })
    const stop = new AbortController()
    const write = store.write([{ put: Buffer.from('/given-up/a'), value: Buffer.from('') }], { signal: stop.signal })
    stop.abort(new Error('given up'))
    await expect(write).rejects.toThrow('given up')
    await etcd.restart()
    expect(await store.count(range)).toBe(0)
    expect(await (await open()).count(range)).toBe(0)
  })

  it('leaves in doubt what was sent and never answered', async () => {
    const store = await open()
    const change = { put: Buffer.from('/silent/a'), value: Buffer.from('') }
    await store.write([change])
    await store.grant(60)
    etcd.freeze()
    try {
      const timeout = { code: 'timeout', cause: { wasNeverSent: false } }
      await expect(store.write([change])).rejects.toMatchObject(timeout)
      await expect(store.grant(60)).rejects.toMatchObject(timeout)
    } finally {
      etcd.thaw()
    }
  })

  it('says so when history was compacted while it was cut off', async () => {
    await using relay = await Relay.to(etcd.port)
    const store = await openStore(`etcd://${relay.endpoint}`, { requestTimeout: 1_000 })
    opened.push(store)
    const range = { start: Buffer.from('/compacted/'), end: Buffer.from('/compacted0') }
    const log = new WatchLog(store, range, await put('/compacted/a'))
    const seen = await put('/compacted/a')
    await log.until(() => log.revisions().includes(seen))
    relay.cut()
    await log.until(() => log.links().includes('down'))
    await put('/compacted/a')
    const last = await put('/compacted/a')
    await etcd.etcdctl('compact', last)
    relay.mend()
    await expect(log.done).rejects.toMatchObject({ code: 'history-lost', message: expect.stringContaining(last) })
    await expect(log.done).rejects.toMatchObject({ message: expect.stringContaining(`after revision ${seen}`) })
  })

  it('says so when the revision asked for is compacted away, to a scan too', async () => {
    const first = await put('/compacted/a')
    await put('/compacted/a')
    await etcd.etcdctl('compact', await put('/compacted/a'))
    const store = await open()
    const range = { start: Buffer.from('/compacted/'), end: Buffer.from('/compacted0') }
    await expect(new WatchLog(store, range, first).done).rejects.toMatchObject({ code: 'history-lost' })
    const pages = store.scan(range, { revision: first })[Symbol.asyncIterator]()
    await expect(pages.next()).rejects.toMatchObject({ code: 'history-lost' })
  })

  it('keeps a running watch when history is compacted behind it', async () => {
    const watched = await follow('behind')
    await watched.writer.more(20)
    await watched.log.until(() => watched.log.revisions().length >= 20)
    await etcd.etcdctl('compact', watched.writer.revisions.at(-1) ?? '')
    const seen = watched.log.revisions().length
    await watched.writer.more(20)
    await watched.log.until(() => watched.log.revisions().length >= seen + 20)
    await watched.writer.stop()
    watched.log.stop()
    await watched.log.done
  })

  it('says so when the revision to go on from has never been', async () => {
    const store = await open()
    const range = { start: Buffer.from('/future/'), end: Buffer.from('/future0') }
    const log = new WatchLog(store, range, '999999999')
    await expect(log.done).rejects.toMatchObject({ code: 'history-lost' })
  })
})
