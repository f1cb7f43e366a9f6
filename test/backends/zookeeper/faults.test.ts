import { createServer } from 'node:net'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Store } from '../../../src/backends/kv/store.ts'
import { Client } from '../../../src/client/client.ts'
import { zookeeper } from '../../../src/backends/zookeeper/driver.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { freePorts } from '../../servers/ports.ts'
import { Relay } from '../../servers/relay.ts'
import { describeWith } from '../../servers/with-server.ts'
import { type ZooKeeperServer, startZooKeeper } from '../../servers/zookeeper/start.ts'
import { Ground } from '../kv/suite/ground.ts'
import { openStore } from './open.ts'
import { codeOf } from './outcome.ts'

const WAIT = { timeout: 25_000, interval: 50 }

await describeWith('zookeeper', 'ZooKeeper in trouble', () => {
  let server: ZooKeeperServer
  const opened: AsyncDisposable[] = []
  beforeEach(async () => {
    server = await startZooKeeper()
  })
  afterEach(async () => {
    for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  const open = async (hosts: string, requestTimeout = 5_000): Promise<Store> => {
    const store = await openStore(`zookeeper://${hosts}`, { requestTimeout })
    opened.push(store)
    return store
  }

  it('answers from the host that works, whatever the others do', async () => {
    const [refused = 0] = await freePorts(1)
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const hole = typeof address === 'object' && address ? address.port : 0
    const store = await open(`127.0.0.1:${refused},127.0.0.1:${hole},${server.endpoint}`)
    await groundOn(store).put('a')
    expect(await groundOn(store).texts()).toEqual({ a: 'value' })
    silent.close()
  })

  it('says of each host why it cannot be used, in time', async () => {
    const [refused = 0] = await freePorts(1)
    server.freeze()
    const store = await open(`127.0.0.1:${refused},${server.endpoint}`, 1_500)
    const error = await groundOn(store)
      .texts()
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'unreachable' })
    expect(String(error)).toContain(`127.0.0.1:${refused}: connection refused`)
    expect(String(error)).toContain(`${server.endpoint}: no answer in`)
  })

  it('never hangs on a frozen server, and goes on when it thaws', async () => {
    const store = await open(server.endpoint, 1_000)
    const ground = groundOn(store)
    await ground.put('a')
    server.freeze()
    expect(await codeOf(ground.put('b'))).toBe('timeout')
    expect(await codeOf(ground.texts())).toBe('timeout')
    expect(await codeOf(store.grant(10))).toMatch(/timeout|unreachable/)
    server.thaw()
    await eventually(async () => expect(await ground.texts()).toMatchObject({ a: 'value' }), WAIT)
  })

  it('tells a watcher that the link is down and up, and every change over a restart', async () => {
    const ground = groundOn(await open(server.endpoint))
    await ground.put('gone')
    await ground.put('changed', 'before')
    const relay = await Relay.to(server.port)
    opened.push(relay)
    const watcher = groundOn(await open(relay.endpoint))
    const log = await watcher.watch()
    relay.cut()
    await log.until(() => log.links().includes('down'))
    await ground.remove('gone')
    await ground.put('changed', 'after')
    await ground.put('new')
    await server.kill()
    await server.restart()
    relay.mend()
    await log.until(() => log.links().at(-1) === 'up' && log.changes().length >= 3)
    const told = log
      .changes()
      .map((change) => ('put' in change ? ground.rest(change.put.key) : ground.rest(change.removed)))
    expect(told.toSorted()).toEqual(['changed', 'gone', 'new'])
    log.stop()
  })

  it('keeps a session and its nodes over a lost connection, and ends both when it lasts too long', async () => {
    const relay = await Relay.to(server.port)
    opened.push(relay)
    const outside = groundOn(await open(server.endpoint))
    const store = await open(relay.endpoint, 2_000)
    const { lease, ttl } = await store.grant(2)
    await groundOn(store).put('mine', 'value', lease)
    relay.cut()
    relay.mend()
    await eventually(async () => expect(await store.keepAlive(lease)).toEqual({ lease, ttl }), WAIT)
    expect(await outside.texts()).toEqual({ mine: 'value' })
    const log = await outside.watch()
    relay.swallow()
    await log.until(() => log.changes().some((change) => 'removed' in change))
    expect(await outside.texts()).toEqual({})
    relay.mend()
    await eventually(async () => expect(await store.keepAlive(lease)).toBeUndefined(), WAIT)
    expect((await store.lookUp([lease])).size).toBe(0)
    log.stop()
  })

  it('registers again what it keeps alive when its session has expired', async () => {
    const relay = await Relay.to(server.port)
    opened.push(relay)
    const url = parseRegistryUrl(`zookeeper://${relay.endpoint}`)
    const client = await Client.open(zookeeper.parse(url, { requestTimeout: 1_000, aioTtl: 30_000 }, {}))
    opened.push(client)
    const instance = { id: 'i-1', name: 'sre', endpoints: ['grpc://10.0.0.1:9000'] }
    const events: string[] = []
    await using kept = await client.keepAlive(instance, { ttl: 2, onEvent: ({ type }) => events.push(type) })
    const first = kept.registration.lease
    relay.swallow()
    await eventually(() => expect(events).toContain('lost'), WAIT)
    await delay(500)
    relay.mend()
    await eventually(() => expect(events).toContain('registered-again'), WAIT)
    expect(kept.registration.lease).not.toBe(first)
    const outside = await open(server.endpoint)
    const found = new Ground({ store: outside, base: Buffer.from('/microservices/sre/'), paths: true })
    await eventually(async () => expect(Object.keys(await found.texts())).toEqual(['i-1']), WAIT)
  })

  it('lets a hundred sessions expire at once, and forgets them', async () => {
    const relay = await Relay.to(server.port)
    opened.push(relay)
    const store = await open(relay.endpoint, 5_000)
    const outside = groundOn(await open(server.endpoint))
    const leases = await Promise.all(Array.from({ length: 100 }, () => store.grant(2)))
    for (const [at, { lease }] of leases.entries()) await groundOn(store).put(`s${at}`, 'value', lease)
    expect(Object.keys(await outside.texts())).toHaveLength(100)
    relay.swallow()
    await eventually(async () => expect(await outside.texts()).toEqual({}), WAIT)
    relay.mend()
    for (const { lease } of leases)
      await eventually(async () => expect(await store.keepAlive(lease)).toBeUndefined(), WAIT)
  }, 60_000)

  it('keeps a hundred sessions over a freeze that is shorter than they last, and loses none of their nodes', async () => {
    const store = await open(server.endpoint, 3_000)
    const ground = groundOn(store)
    const leases = await Promise.all(Array.from({ length: 100 }, () => store.grant(60)))
    for (const [at, { lease }] of leases.entries()) await ground.put(`s${at}`, 'value', lease)
    server.freeze()
    const beats = () => Promise.all(leases.map(({ lease }) => codeOf(store.keepAlive(lease))))
    // Each ends, though nobody answers. A session whose last answer was on its way already is content with that.
    const codes = await beats()
    expect(codes).toContain('timeout')
    expect(codes.filter((code) => code !== 'timeout' && code !== 'done')).toEqual([])
    server.thaw()
    await eventually(async () => expect(new Set(await beats())).toEqual(new Set(['done'])), WAIT)
    const kept = await Promise.all(leases.map(({ lease }) => store.keepAlive(lease)))
    expect(kept.map((each) => each?.lease)).toEqual(leases.map(({ lease }) => lease))
    expect(Object.keys(await ground.texts())).toHaveLength(100)
  }, 60_000)

  it('loses a node with its session and never alone, when a freeze outlasts both', async () => {
    const store = await open(server.endpoint, 3_000)
    const ground = groundOn(store)
    const leases = await Promise.all(Array.from({ length: 100 }, () => store.grant(2)))
    for (const [at, { lease }] of leases.entries()) await ground.put(`s${at}`, 'value', lease)
    server.freeze()
    // Every session has given this server up, and looks for another.
    await eventually(async () => {
      const codes = await Promise.all(leases.map(({ lease }) => codeOf(store.keepAlive(lease))))
      expect(codes.every((code) => code === 'unreachable')).toBe(true)
    }, WAIT)
    server.thaw()
    await eventually(async () => {
      const kept = await Promise.all(leases.map(({ lease }) => store.keepAlive(lease)))
      const names = new Set(Object.keys(await ground.texts()))
      for (const [at, lease] of kept.entries()) expect(names.has(`s${at}`)).toBe(lease !== undefined)
    }, WAIT)
  }, 60_000)

  it('serves over IPv6, and tells from where sessions come', async () => {
    const six = await startZooKeeper({ host: '::1' })
    opened.push(six)
    const store = await open(six.endpoint)
    const { lease } = await store.grant(10)
    await groundOn(store).put('mine', 'value', lease)
    expect(await groundOn(store).texts()).toEqual({ mine: 'value' })
    expect((await store.sessionAddresses?.())?.get(lease)).toMatch(/^\[0:0:0:0:0:0:0:1\]:\d+$/)
    const both = await open(`${server.endpoint},${six.endpoint.replace('[::1]', '[0:0:0:0:0:0:0:1]')}`)
    expect((await both.sessionAddresses?.())?.has(lease)).toBe(true)
  })

  it('is told from another program', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const store = await open(`127.0.0.1:${port}`)
    expect(await codeOf(groundOn(store).texts())).toBe('wrong-server')
    other.close()
  })
})

function groundOn(store: Store): Ground {
  return new Ground({ store, base: Buffer.from('/faults/'), paths: true })
}
