import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Row, loadSqlite } from '../../../src/backends/local/sqlite.ts'
import { type LocalStore, openLocalStore } from '../../../src/backends/local/store.ts'
import { Client } from '../../../src/client/client.ts'
import { serve } from '../../../src/server/server.ts'
import { run } from '../../cli/run.ts'
import { describeChange } from '../kv/suite/watch-log.ts'
import { patientTarget } from '../../patience.ts'

const folder = await mkdtemp(join(tmpdir(), 'rollcall-clock-'))
afterAll(() => rm(folder, { recursive: true }))

const HOUR = 3_600_000
const range = { start: Buffer.from('/'), end: Buffer.from('0') }

let files = 0
function newFile(): string {
  files += 1
  return join(folder, `${files}.db`)
}

/** All that lies in the tables of a registry. */
async function contents(path: string): Promise<Row[][]> {
  const database = (await loadSqlite())(path)
  const tables = ['records', 'leases', 'history', 'state']
  const rows = tables.map((table) => database.prepare(`SELECT * FROM ${table}`).all())
  database.close()
  return rows
}

async function leasesIn(path: string): Promise<unknown[]> {
  const [, leases = []] = await contents(path)
  return leases.map(({ id }) => id)
}

async function keysOf(store: LocalStore): Promise<string[]> {
  const found: string[] = []
  for await (const page of store.scan(range))
    found.push(...page.records.map((record) => Buffer.from(record.key).toString()))
  return found
}

const put = (key: string, lease?: string, value = '') => ({ put: Buffer.from(key), value: Buffer.from(value), lease })

describe('a clock that is hours ahead', () => {
  it.each([
    'ls',
    'ls --all -o wide',
    'ls -o json pay',
    'get pay/pay-1',
    'stats',
    'stats pay --by version',
    'check-keys',
    'wait pay --gone --timeout 0s',
    'wait pay --timeout 0s',
    'pick pay',
    'purge --dry-run',
    'purge --malformed --dry-run',
    'deregister pay/pay-1 --dry-run',
    'config',
  ])('changes nothing by `%s`', async (line) => {
    const path = newFile()
    const at = (words: string) => [...words.split(' '), '-r', `file:${path}`]
    for (const id of ['pay-1', 'pay-2']) await run(at(`register pay --id ${id} --endpoint http://10.0.0.1:80 --ttl 1h`))
    await run(at('register old --id old-1 --endpoint http://10.0.0.2:80 --ttl 2s'))
    const before = await contents(path)
    expect(before[0]).toHaveLength(3)
    const { status } = await run(at(line), { now: () => Date.now() + 2 * HOUR })
    expect(status, line).toBeLessThanOrEqual(2)
    expect(await contents(path)).toEqual(before)
    expect((await run(at('ls pay -o name'))).stdout).toBe('pay/pay-1\npay/pay-2\n')
  })

  it('changes nothing by a watch', async () => {
    const path = newFile()
    await run(['register', 'pay', '--id', 'pay-1', '--endpoint', 'http://10.0.0.1:80', '-r', `file:${path}`])
    const before = await contents(path)
    await using client = await Client.open(patientTarget(`file:${path}`), { now: () => Date.now() + 2 * HOUR })
    for await (const { type } of client.watch()) if (type === 'synced') break
    expect(await contents(path)).toEqual(before)
  })

  it('takes nothing away from the others when it registers, renews and deregisters', async () => {
    const path = newFile()
    await using store = await openLocalStore(path, Date.now)
    const { lease } = await store.grant(60)
    await store.write([put('/living', lease)])
    await using ahead = await openLocalStore(path, () => Date.now() + 2 * HOUR)
    const mine = await ahead.grant(10)
    for (let round = 0; round < 5; round += 1) {
      await ahead.write([put('/mine', mine.lease)])
      await ahead.keepAlive(mine.lease)
      await ahead.write([{ delete: Buffer.from('/mine') }])
    }
    expect(await keysOf(ahead)).toEqual([])
    expect(await keysOf(store)).toEqual(['/living'])
    expect(await store.keepAlive(lease)).toEqual({ lease, ttl: 60 })
  })
})

/** A registry whose clock and steady clock the test sets. */
async function open(path = newFile()) {
  const clock = { now: 1_000_000_000, steady: 5_000_000 }
  const store = await openLocalStore(
    path,
    () => clock.now,
    () => clock.steady,
  )
  const { lease } = await store.grant(10)
  await store.write([put('/a', lease, 'first')])
  const pass = (milliseconds: number) => {
    clock.now += milliseconds
    clock.steady += milliseconds
  }
  /** A write of somebody else's. */
  const write = () => store.write([put('/other')])
  const isStored = async () => (await leasesIn(path)).includes(lease)
  return { path, clock, store, lease, pass, write, isStored }
}

describe('a lease that has run out', () => {
  it('is removed by a writer once its TTL has passed again since a writer saw it run out', async () => {
    const { store, pass, write, isStored } = await open()
    pass(10_000)
    expect(await keysOf(store)).toEqual([])
    await write()
    pass(9_999)
    await write()
    expect(await isStored()).toBe(true)
    pass(1)
    expect(await keysOf(store)).toEqual(['/other'])
    expect(await isStored()).toBe(true)
    await write()
    expect(await isStored()).toBe(false)
    await store[Symbol.asyncDispose]()
  })

  it('stays, however far the clock is set, as long as no time has passed', async () => {
    const { clock, store, write, isStored } = await open()
    for (let round = 0; round < 5; round += 1) {
      clock.now += 1_000 * HOUR
      await write()
    }
    expect(await isStored()).toBe(true)
    clock.now = 1_000_000_000
    expect(await keysOf(store)).toEqual(['/a', '/other'])
    await store[Symbol.asyncDispose]()
  })

  it('counts anew after a renewal, and after the machine was started again', async () => {
    const { clock, store, lease, pass, write, isStored } = await open()
    pass(10_000)
    await write()
    clock.now -= 5_000
    expect(await store.keepAlive(lease)).toEqual({ lease, ttl: 10 })
    pass(15_000)
    await write()
    expect(await isStored()).toBe(true)
    clock.steady = 1_000
    await write()
    pass(9_999)
    await write()
    expect(await isStored()).toBe(true)
    pass(1)
    await write()
    expect(await isStored()).toBe(false)
    await store[Symbol.asyncDispose]()
  })

  it('is no heartbeat’s, holds no put, and its key is free', async () => {
    const { store, lease, pass } = await open()
    pass(10_000)
    expect(await store.keepAlive(lease)).toBeUndefined()
    expect((await store.lookUp([lease])).size).toBe(0)
    expect(await store.count(range)).toBe(0)
    await expect(store.write([put('/b', lease)])).rejects.toMatchObject({ code: 'not-found' })
    expect(await store.write([{ delete: Buffer.from('/a') }])).toEqual([{ result: 'absent' }])
    expect(await store.write([{ ...put('/a', undefined, 'second'), expect: null }])).toMatchObject([{ result: 'done' }])
    for await (const { records } of store.scan(range))
      expect(records).toMatchObject([{ value: new Uint8Array(Buffer.from('second')), createdAt: 1_000_010_000 }])
    await store[Symbol.asyncDispose]()
  })

  it('takes no record with it that was put on another lease meanwhile', async () => {
    const { store, pass, write, isStored } = await open()
    pass(10_000)
    const { lease } = await store.grant(3_600)
    await store.write([{ ...put('/a', lease, 'second'), expect: null }])
    pass(10_000)
    await write()
    expect(await isStored()).toBe(false)
    expect(await keysOf(store)).toEqual(['/a', '/other'])
    await store[Symbol.asyncDispose]()
  })

  it('is told to a watcher once, and once more when the clock is set back', async () => {
    const { clock, store, pass, write } = await open()
    const told: string[] = []
    const stop = new AbortController()
    const watching = (async () => {
      for await (const event of store.watch([range], { since: '0', signal: stop.signal }))
        if (event.is === 'changes') told.push(...event.changes.map(describeChange))
    })()
    const heard = async (count: number) => {
      while (told.length < count) await write()
    }
    await heard(3)
    pass(10_000)
    while (!told.includes('-/a')) await write()
    clock.now -= 10_000
    while (told.filter((change) => change === '+/a=first').length < 2) await write()
    pass(20_000)
    while (told.filter((change) => change === '-/a').length < 2) await write()
    pass(10_000)
    await write()
    await heard(told.length + 2)
    stop.abort()
    await watching
    expect(told.filter((change) => !change.startsWith('+/other'))).toEqual(['+/a=first', '-/a', '+/a=first', '-/a'])
    expect(await keysOf(store)).toEqual(['/other'])
    await store[Symbol.asyncDispose]()
  })

  it('is told through a server, to who came before and to who goes on at the last revision', async () => {
    const path = newFile()
    let now = Date.now()
    await using behind = await Client.open(patientTarget(`file:${path}`), { now: () => now })
    await behind.register({ name: 'pay', id: 'pay-1', endpoints: ['http://10.0.0.1:80'] }, { ttl: 60 })
    await using server = await serve(behind, { host: '127.0.0.1', port: 0 })
    await using client = await Client.open(patientTarget(`http://127.0.0.1:${server.port}`))
    const { signal } = new AbortController()
    const removed = { removed: expect.objectContaining({ id: '/microservices/pay/pay-1' }) }
    let begun: string | undefined
    for await (const message of client.backend.watch?.({}, { signal }) ?? []) {
      if (message.is === 'progress') {
        begun = message.revision
        now += 60_001
      }
      if (message.is !== 'changes') continue
      expect(message.changes).toEqual([removed])
      break
    }
    for await (const message of client.backend.watch?.({}, { since: begun, signal }) ?? []) {
      if (message.is !== 'changes') continue
      expect(message.changes).toEqual([removed])
      break
    }
  })
})
