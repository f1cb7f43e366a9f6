import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { KeyRange, Store } from '../../../src/backends/kv/store.ts'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { Relay } from '../../servers/relay.ts'
import { describeWith } from '../../servers/with-server.ts'
import { WatchLog } from '../kv/suite/watch-log.ts'
import { ask } from './ask.ts'
import { openStore } from './open.ts'

const TOKEN_TTL = 2
const ALL = range('/microservices/')

await describeWith('etcd', 'etcd with users', () => {
  let etcd: EtcdServer
  let url: string
  beforeAll(async () => {
    etcd = await startEtcd({
      tokenTtl: TOKEN_TTL,
      flags: ['--heartbeat-interval=20', '--election-timeout=200'],
      auth: {
        roles: {
          all: [{ may: 'readwrite', key: '/microservices/', prefix: true }],
          pay: [{ may: 'read', key: '/microservices/pay/', prefix: true }],
          some: [
            { may: 'read', key: '/microservices/b', end: '/microservices/d' },
            { may: 'readwrite', key: '/microservices/c', end: '/microservices/e' },
            { may: 'read', key: '/microservices/one' },
            { may: 'write', key: '/microservices/w', prefix: true },
            { may: 'read', key: '/elsewhere/', prefix: true },
          ],
        },
        users: {
          ops: { password: 'ops-secret', roles: ['all'] },
          pay: { password: 'pay-secret', roles: ['pay'] },
          some: { password: 'some-secret', roles: ['some', 'pay'] },
          nobody: { password: 'nobody-secret', roles: [] },
        },
      },
    })
    url = `etcd://${etcd.endpoint}`
  })
  afterAll(() => etcd[Symbol.asyncDispose]())

  it('wants a user', async () => {
    await expect(ask(url)).rejects.toMatchObject({ code: 'unauthenticated', hint: expect.stringContaining('`user`') })
  })

  it('does not let in a wrong password, nor repeat it', async () => {
    const wrong = { user: 'ops', password: 'not-the-secret' }
    const error = await ask(url, wrong).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('"ops"') })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('not-the-secret')
    await expect(ask(url, { user: 'ghost', password: 'any' })).rejects.toMatchObject({ code: 'unauthenticated' })
    await using store = await openStore(url, wrong)
    await expect(new WatchLog(store, ALL).done).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('names user and range of what may not be read, watched or written', async () => {
    await using store = await open(url, 'nobody')
    const message = 'etcd: the user "nobody" has no permission to'
    await expect(store.scan(ALL)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'forbidden',
      message: `${message} read /microservices/`,
    })
    await expect(store.count(ALL)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(new WatchLog(store, ALL).done).rejects.toMatchObject({
      code: 'forbidden',
      message: `${message} watch /microservices/`,
    })
    const put = { put: Buffer.from('/microservices/a/1'), value: Buffer.from('') }
    await expect(store.write([put, { ...put, put: Buffer.from('/microservices/b/1') }])).rejects.toMatchObject({
      code: 'forbidden',
      message: `${message} write /microservices/a/1 and 1 more`,
    })
    expect(await store.readable?.(ALL)).toEqual([])
  })

  it('knows what a user may read of a range', async () => {
    expect(await texts(url, 'ops', ALL)).toEqual(['/microservices/ "/microservices0"'])
    expect(await texts(url, 'pay', ALL)).toEqual(['/microservices/pay/ "/microservices/pay0"'])
    expect(await texts(url, 'pay', range('/microservices/pay/1'))).toEqual([
      '/microservices/pay/1 "/microservices/pay/2"',
    ])
    expect(await texts(url, 'some', ALL)).toEqual([
      '/microservices/b "/microservices/e"',
      '/microservices/one "/microservices/one\\u0000"',
      '/microservices/pay/ "/microservices/pay0"',
    ])
    await using root = await openStore(url, { user: 'root', password: 'root' })
    expect(await root.readable?.(ALL)).toEqual([ALL])
  })

  it('reads and watches what a user restricted to one service may', async () => {
    await using ops = await open(url, 'ops')
    await ops.write(
      ['pay/1', 'sre/1'].map((key) => ({ put: Buffer.from(`/microservices/${key}`), value: Buffer.from('') })),
    )
    await using pay = await open(url, 'pay')
    const [part = ALL] = (await pay.readable?.(ALL)) ?? []
    const keys: string[] = []
    for await (const page of pay.scan(part))
      keys.push(...page.records.map((record) => Buffer.from(record.key).toString()))
    expect(keys).toEqual(['/microservices/pay/1'])
    const log = new WatchLog(pay, part, '1')
    await log.until(() => log.changes().length === 1)
    log.stop()
    const sre = range('/microservices/sre/')
    expect(await pay.firstPages?.([part, sre])).toBeUndefined()
    expect(await pay.firstPages?.([part])).toMatchObject([{ records: [{ value: Buffer.from('') }] }])
    expect(await ops.firstPages?.([part, sre])).toMatchObject([{ records: [{}] }, { records: [{}] }])
  })

  it('knows how long a lease lasts, though not what is hidden from this user on it', async () => {
    await using ops = await open(url, 'ops')
    await using pay = await open(url, 'pay')
    const { lease } = await ops.grant(60)
    await ops.write(
      ['pay/l', 'sre/l'].map((key) => ({ put: Buffer.from(`/microservices/${key}`), value: Buffer.from(''), lease })),
    )
    const state = (await pay.lookUp([lease], { keys: true })).get(lease)
    expect(state).toMatchObject({ granted: 60 })
    expect(state?.keys).toBeUndefined()
    expect((await ops.lookUp([lease], { keys: true })).get(lease)?.keys).toHaveLength(2)
  })

  it('logs in again when a token has expired, under calls and under a watch', { timeout: 60_000 }, async () => {
    await using relay = await Relay.to(etcd.port)
    await using store = await open(`etcd://${relay.endpoint}`, 'ops')
    const put = async (value: string) => {
      const [outcome] = await store.write([{ put: Buffer.from('/microservices/t/1'), value: Buffer.from(value) }])
      return outcome?.revision ?? ''
    }
    const log = new WatchLog(store, ALL, await put('before'))
    const told = [await put('first')]
    await log.until(() => log.revisions().length === 1)
    await etcd.restart() // which forgets all simple tokens
    told.push(await put('call'))
    await log.until(() => log.revisions().length === 2)
    relay.cut()
    await log.until(() => log.links().at(-1) === 'down')
    await etcd.restart()
    relay.mend()
    await log.until(() => log.links().at(-1) === 'up')
    told.push(await put('watch'))
    await delay((TOKEN_TTL + 1) * 1000) // with nothing said meanwhile
    told.push(await put('silence'))
    await log.until(() => log.revisions().length === 4)
    expect(log.revisions()).toEqual(told)
    log.stop()
  })

  it('logs in again when roles have changed', async () => {
    await using store = await open(url, 'ops')
    await store.count(ALL)
    await etcd.etcdctl('role', 'add', 'later')
    await etcd.etcdctl('role', 'grant-permission', 'later', 'read', '/later/', '--prefix')
    await etcd.etcdctl('user', 'grant-role', 'ops', 'later')
    expect(await store.count(range('/later/'))).toBe(0)
  })

  it('takes a password where there are no users', async () => {
    await using unguarded = await startEtcd()
    await expect(ask(`etcd://${unguarded.endpoint}`, { user: 'ops', password: 'ops-secret' })).resolves.toEqual([])
  })
})

function open(url: string, user: string): Promise<Store> {
  return openStore(url, { user, password: `${user}-secret` })
}

/** What a user may read of a range. */
async function texts(url: string, user: string, within: KeyRange): Promise<string[]> {
  await using store = await open(url, user)
  const parts = (await store.readable?.(within)) ?? []
  return parts.map(
    ({ start, end }) => `${Buffer.from(start).toString()} ${JSON.stringify(Buffer.from(end).toString())}`,
  )
}

function range(prefix: string): KeyRange {
  const end = Buffer.from(prefix)
  end[end.length - 1] = (end.at(-1) ?? 0) + 1
  return { start: Buffer.from(prefix), end }
}
