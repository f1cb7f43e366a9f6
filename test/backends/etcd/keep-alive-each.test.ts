import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { etcd } from '../../../src/backends/etcd/driver.ts'
import { Client, type KeepAlive } from '../../../src/client/client.ts'
import { RollcallError } from '../../../src/model/errors.ts'
import { silent } from '../../../src/model/logger.ts'
import { targetOf } from '../../conformance/kv-registry.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'

/** More than are registered together. */
const MANY = 1_200
const TTL = 3
const WAIT = { timeout: 30_000, interval: 100 }

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({
    instance: { name: `s-${at % 7}`, id: `i-${at}`, endpoints: ['grpc://10.0.0.1:9000'] },
  }))
const endAll = (kept: readonly KeepAlive[]) => Promise.allSettled(kept.map((each) => each[Symbol.asyncDispose]()))

await describeWith('etcd', 'many that are kept alive in etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await startEtcd()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  afterEach(() => server.removeAll())

  /** `onRequest` is told of each request before it is sent. */
  const open = (onRequest: (request: string) => void = () => {}): Promise<Client> =>
    Client.open(targetOf(etcd, `etcd://${server.endpoint}`, 'auto'), { logger: { ...silent, debug: onRequest } })
  const keys = async () => (await server.etcdctl('get', '', '--prefix', '--keys-only')).split('\n').filter(Boolean)
  const leases = async () =>
    (await server.etcdctl('lease', 'list')).split('\n').filter((line) => /^[\da-f]+$/.test(line))

  it('stay beyond their TTL, and leave neither keys nor leases', async () => {
    await using client = await open()
    const kept: KeepAlive[] = []
    for await (const some of client.keepAliveEach(many(300), { ttl: TTL })) kept.push(...some)
    const granted = kept.map(({ registration }) => registration.expiresAt ?? 0)
    await expect
      .poll(
        () => kept.every(({ registration }, at) => (registration.expiresAt ?? 0) > (granted[at] ?? 0) + TTL * 1_000),
        WAIT,
      )
      .toBe(true)
    expect(await keys()).toHaveLength(300)
    expect((await leases()).length).toBe(300)
    await endAll(kept)
    expect([await keys(), await leases()]).toEqual([[], []])
  })

  it('are given up when etcd stops between two parts, and gone after their TTL', async () => {
    await using client = await open()
    const registering = client.keepAliveEach(many(MANY), { ttl: TTL })
    const first = await registering.next()
    const kept = first.value ?? []
    expect(kept).toHaveLength(1_000)
    await server.stop()
    await expect(registering.next()).rejects.toMatchObject({ code: 'unreachable' })
    const ends = await endAll(kept)
    expect(ends.filter(({ status }) => status === 'fulfilled')).toEqual([])
    await server.restart()
    await expect.poll(keys, WAIT).toEqual([])
  })

  it('leave nothing when they are stopped while their records are on their way', async () => {
    const stop = new AbortController()
    await using client = await open((request) => {
      if (request.startsWith('etcd: put ')) stop.abort(new RollcallError('terminated', 'terminated'))
    })
    const kept: KeepAlive[] = []
    const registering = async () => {
      for await (const some of client.keepAliveEach(many(MANY), { ttl: 3_600, signal: stop.signal })) kept.push(...some)
    }
    await expect(registering()).rejects.toMatchObject({ code: 'terminated' })
    expect(kept).toHaveLength(1_000)
    expect(await keys()).toHaveLength(1_000)
    await endAll(kept)
    expect([await keys(), await leases()]).toEqual([[], []])
  })
})
