import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { inside } from '../../../src/backends/kv/store.ts'
import type { KeepAliveEvent } from '../../../src/client/client.ts'
import { Client } from '../../../src/client/client.ts'
import { Daemon } from '../../servers/daemon.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { freePorts } from '../../servers/ports.ts'
import { Server } from '../../servers/server.ts'
import { describeWith, serverOf } from '../../servers/with-server.ts'
import { patientTarget } from '../../patience.ts'
import { WatchLog } from '../kv/suite/watch-log.ts'
import { openStore } from './open.ts'

/** etcd's own gRPC proxy: it renews a lease at a pace of its own, and answers heartbeats when it has done so. */
class Proxy extends Server {
  readonly endpoint: string
  readonly #port: number

  private constructor(daemon: Daemon, port: number) {
    super(daemon)
    this.#port = port
    this.endpoint = `127.0.0.1:${port}`
  }

  static async start(etcd: EtcdServer): Promise<Proxy> {
    const [port = 0] = await freePorts(1)
    const { etcd: program = '' } = serverOf('etcd').programs ?? {}
    const daemon = await Daemon.create('etcd-proxy', (folder) => [
      program,
      'grpc-proxy',
      'start',
      `--endpoints=${etcd.endpoint}`,
      `--listen-addr=127.0.0.1:${port}`,
      `--data-dir=${folder}/proxy`,
    ])
    const proxy = new Proxy(daemon, port)
    await proxy.start()
    return proxy
  }

  protected async serves(): Promise<boolean> {
    const socket = connect(this.#port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return true
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  }
}

await describeWith('etcd', 'a gRPC proxy before etcd', () => {
  let etcd: EtcdServer
  let proxy: Proxy
  beforeAll(async () => {
    etcd = await startEtcd()
    proxy = await Proxy.start(etcd)
  })
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]()
    await etcd[Symbol.asyncDispose]()
  })

  it('keeps its instances without ever calling them lost, and tells when the lease is really gone', async () => {
    await using client = await Client.open(patientTarget(`etcd://${proxy.endpoint}`))
    const events: KeepAliveEvent[] = []
    const instance = { name: 'pay', id: 'pay-1', endpoints: ['http://10.0.0.1:80'] }
    await using kept = await client.keepAlive(instance, { ttl: 3, onEvent: (event) => events.push(event) })
    const first = kept.registration.lease ?? ''
    const end = performance.now() + 15_000
    while (performance.now() < end) {
      const state = JSON.parse(await etcd.etcdctl('lease', 'timetolive', first, '-w', 'json'))
      expect(state.ttl).toBeGreaterThanOrEqual(0)
      expect(events.map(({ type }) => type)).toEqual(['registered'])
    }
    await etcd.etcdctl('lease', 'revoke', first)
    await eventually(() => expect(events.map(({ type }) => type)).toEqual(['registered', 'lost', 'registered-again']), {
      timeout: 30_000,
    })
    expect(await client.find({ id: 'pay-1' })).toHaveLength(1)
  })

  it('tells changes on both sides of what Kubernetes keeps in one order, though it does not say how far a watch is', async () => {
    await using store = await openStore(`etcd://${proxy.endpoint}`)
    const write = async (...keys: string[]) => {
      const puts = keys.map((key) => ({ put: Buffer.from(key), value: Buffer.from('') }))
      return (await store.write(puts, { atomic: true }))[0]?.revision ?? ''
    }
    const since = await write('/start')
    const log = new WatchLog(
      store,
      ['/microservices', '/services'].map((place) => inside(Buffer.from(place))),
      since,
    )
    const first = await write('/services/pay/1')
    const second = await write('/microservices/pay/1', '/services/pay/1')
    const third = await write('/microservices/pay/1')
    await log.until(() => log.revisions().includes(third))
    expect(log.revisions()).toEqual([first, second, third])
    expect(log.groups().map(({ changes }) => changes.length)).toEqual([1, 2, 1])
    expect(log.links()).toEqual([])
    log.stop()
  })
})
