import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { KvRecord, Store, StoreChange } from '../../../src/backends/kv/store.ts'
import { openLocalStore } from '../../../src/backends/local/store.ts'
import { Processes } from './processes.ts'
import { rounds } from '../../rounds.ts'

const range = { start: Buffer.from('/'), end: Buffer.from('0') }
let processes: Processes

beforeAll(async () => {
  processes = await Processes.prepare()
})
afterAll(() => processes.end())

it('lets 64 processes write at once: none fails, nothing is lost', { timeout: 120_000 }, async () => {
  const path = join(processes.folder, 'crowd.db')
  const children = Array.from({ length: 64 }, (_, at) => processes.start('write', path, `p${at}`))
  await Promise.all(children.map((child) => child.heard(1)))
  const begin = performance.now()
  for (const child of children) child.tell('begin')
  expect(new Set(await Promise.all(children.map((child) => child.ended)))).toEqual(new Set([0]))
  console.log(`64 processes wrote 20 records each in ${Math.round(performance.now() - begin)} ms`)
  expect(children.flatMap((child) => child.messages.slice(1))).toEqual([])
  const records = await all(path)
  expect(records).toHaveLength(64 * 20)
  expect(new Set(records.map((record) => record.revision)).size).toBe(64 * 20)
})

it('is whole after kill -9 in the middle of writing, each time', { timeout: 120_000 }, async () => {
  const path = join(processes.folder, 'killed.db')
  let last = 0n
  for (let round = 0; round < rounds(6, 20); round += 1) {
    const child = processes.start('write for ever', path, `r${round}`)
    await child.heard(1 + Math.floor(Math.random() * 20))
    await child.kill()
    const acknowledged = child.messages.at(-1)
    const records = await all(path)
    expect(records).toHaveLength(50)
    expect(new Set(records.map((record) => `${record.revision} ${String(record.value)}`)).size).toBe(1)
    const revision = BigInt(records[0]?.revision ?? 0)
    expect(revision).toBeGreaterThanOrEqual(BigInt(acknowledged?.revision ?? -1))
    expect(revision).toBeGreaterThan(last)
    last = revision
  }
  const groups = await changes(path, Number(last - 1n))
  expect(new Set(groups.map((group) => group.length))).toEqual(new Set([50]))
})

it('tells a watcher in another process each change, in order, and soon', async () => {
  const path = join(processes.folder, 'watched.db')
  const store = await openLocalStore(path, Date.now)
  await store.create()
  const watcher = processes.start('watch', path)
  await watcher.heard(1)
  const values: string[] = []
  for (let at = 0; at < 100; at += 1) {
    values.push(String(performance.timeOrigin + performance.now()))
    await store.write([{ put: Buffer.from('/a'), value: Buffer.from(values[at] ?? '') }])
    await watcher.heard(2 + at)
  }
  const heard = watcher.messages.slice(1)
  expect(heard.map((message) => message.value)).toEqual(values)
  const delays = heard.map((message) => (message.seen ?? 0) - Number(message.value)).toSorted((a, b) => a - b)
  console.log(`notice across processes: median ${delays[50]?.toFixed(1)} ms, worst ${delays[99]?.toFixed(1)} ms`)
  await watcher.kill()
  await store[Symbol.asyncDispose]()
})

it('tells a watcher in another process that a lease ran out', async () => {
  const path = join(processes.folder, 'leased.db')
  const store = await openLocalStore(path, Date.now)
  const { lease } = await store.grant(1)
  await store.write([{ put: Buffer.from('/a'), value: Buffer.from('leased'), lease }])
  await store[Symbol.asyncDispose]()
  const watcher = processes.start('watch', path)
  await watcher.heard(3)
  expect(watcher.messages.slice(1)).toMatchObject([{ value: 'leased' }, { value: 'removed' }])
  await watcher.kill()
})

it.each([
  { what: 'a file', fileMode: 0o444, folderMode: 0o777, log: true },
  { what: 'a folder', fileMode: 0o644, folderMode: 0o555, log: true },
  { what: 'a folder without a log', fileMode: 0o444, folderMode: 0o555, log: false },
])('reads $what that may not be written, without what has expired', async ({ fileMode, folderMode, log }) => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-read-only-'))
  const path = join(folder, 'registry.db')
  const store = await openLocalStore(path, () => Date.now() - 60_000)
  const { lease } = await store.grant(1)
  await store.write([
    { put: Buffer.from('/leased'), value: Buffer.from(''), lease },
    { put: Buffer.from('/free'), value: Buffer.from('') },
  ])
  await store[Symbol.asyncDispose]()
  if (!log) for (const end of ['-wal', '-shm']) await rm(path + end, { force: true })
  await chmod(path, fileMode)
  await chmod(folder, folderMode)
  const child = processes.start('look', path)
  expect(await child.ended).toBe(0)
  expect(child.messages).toMatchObject([{ count: 1 }, { code: 'forbidden', message: expect.stringContaining(path) }])
  await chmod(folder, 0o777)
  await rm(folder, { recursive: true })
})

it('says that the disk is full, and keeps what was written before', async () => {
  const path = join(processes.folder, 'full.db')
  const child = processes.startLimited(2_000, 'fill', path)
  expect(await child.ended).toBe(0)
  expect(child.messages).toMatchObject([{ code: 'storage', message: expect.stringContaining(path) }])
  const records = await all(path)
  expect(records.length).toBeGreaterThan(10)
})

async function all(path: string): Promise<KvRecord[]> {
  const store = await openLocalStore(path, Date.now)
  const records: KvRecord[] = []
  for await (const page of store.scan(range)) records.push(...page.records)
  await store[Symbol.asyncDispose]()
  return records
}

/** The changes of each of the first so many revisions. */
async function changes(path: string, count: number): Promise<(readonly StoreChange[])[]> {
  const store: Store = await openLocalStore(path, Date.now)
  const groups: (readonly StoreChange[])[] = []
  for await (const event of store.watch([range], { since: '0', signal: new AbortController().signal })) {
    if (event.is === 'changes') groups.push(event.changes)
    if (groups.length === count) break
  }
  await store[Symbol.asyncDispose]()
  return groups
}
