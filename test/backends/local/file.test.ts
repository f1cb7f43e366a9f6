import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { type LocalStore, openLocalStore } from '../../../src/backends/local/store.ts'
import { loadSqlite } from '../../../src/backends/local/sqlite.ts'
import { describeChange } from '../kv/suite/watch-log.ts'

const folder = await mkdtemp(join(tmpdir(), 'rollcall-local-'))
afterAll(() => rm(folder, { recursive: true }))

const range = { start: Buffer.from('/'), end: Buffer.from('0') }
const put = { put: Buffer.from('/a'), value: Buffer.from('1') }
const never = new AbortController().signal

const open = (path: string, now = Date.now): Promise<LocalStore> => openLocalStore(path, now)

async function texts(store: LocalStore): Promise<string[]> {
  const found: string[] = []
  for await (const page of store.scan(range))
    found.push(...page.records.map((record) => Buffer.from(record.key).toString()))
  return found
}

async function sql(path: string, text: string): Promise<void> {
  const database = (await loadSqlite())(path)
  database.exec(text)
  database.close()
}

it('never takes a file that is not there for an empty registry', async () => {
  const path = join(folder, 'typo.db')
  const store = await open(path)
  const calls: [string, () => Promise<unknown>][] = [
    ['scan', () => texts(store)],
    ['count', () => store.count(range)],
    ['lookUp', () => store.lookUp(['00'])],
    ['keepAlive', () => store.keepAlive('00')],
    ['revoke', () => store.revoke('00')],
    ['delete', () => store.write([{ delete: Buffer.from('/a') }])],
    ['watch', () => store.watch([range], { signal: never })[Symbol.asyncIterator]().next()],
  ]
  for (const [name, call] of calls)
    await expect(call(), name).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining(path) })
  expect(existsSync(path)).toBe(false)
  await store.write([put])
  expect(await texts(store)).toEqual(['/a'])
  await store[Symbol.asyncDispose]()
})

it('reads in no state while it writes, so that the log of one who does both in turn is moved into the file', async () => {
  const path = join(folder, 'in-turn.db')
  const store = await open(path)
  await store.write([put])
  expect(await texts(store)).toEqual(['/a'])
  await store.write([{ put: Buffer.from('/b'), value: Buffer.from('2') }])
  await sql(path, 'PRAGMA wal_checkpoint(TRUNCATE)')
  expect(statSync(`${path}-wal`).size).toBe(0)
  expect(await texts(store)).toEqual(['/a', '/b'])
  await store[Symbol.asyncDispose]()
})

it('never takes an empty file for an empty registry, but fills it', async () => {
  const path = join(folder, 'touched.db')
  await writeFile(path, '')
  const store = await open(path)
  await expect(texts(store)).rejects.toMatchObject({ code: 'unreachable', message: `the registry ${path} is empty` })
  await store.write([put])
  expect(await texts(store)).toEqual(['/a'])
  await store[Symbol.asyncDispose]()
})

it('names what is no registry, and leaves it as it is', async () => {
  const text = join(folder, 'notes.txt')
  await writeFile(text, 'these are notes, and no registry\n'.repeat(100))
  await expect(open(text)).rejects.toMatchObject({ code: 'storage', message: `${text} is not an SQLite file` })
  expect(await readFile(text, 'utf8')).toMatch(/^these are notes/)

  const foreign = join(folder, 'foreign.db')
  await sql(foreign, 'CREATE TABLE photos (name TEXT)')
  await expect(open(foreign)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringMatching(/another program/),
  })

  const newer = join(folder, 'newer.db')
  const store = await open(newer)
  await store.write([put])
  await store[Symbol.asyncDispose]()
  await sql(newer, 'PRAGMA user_version = 2')
  await expect(open(newer)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringMatching(/format 2/),
    hint: expect.stringMatching(/newer rollcall/),
  })
})

it('says which folder is missing, and that a folder is no file', async () => {
  const missing = await open(join(folder, 'nowhere', 'registry.db'))
  await expect(missing.write([put])).rejects.toMatchObject({
    code: 'storage',
    message: `there is no folder ${join(folder, 'nowhere')}`,
    hint: expect.stringMatching(/mkdir/),
  })
  const occupied = join(folder, 'occupied.db')
  await mkdir(occupied)
  await expect(open(occupied)).rejects.toMatchObject({ code: 'storage', message: `${occupied} is a folder` })
})

it('lets leases run out while nobody runs, each at a revision of its own', async () => {
  const path = join(folder, 'leases.db')
  let now = 1_000_000
  const before = await open(path, () => now)
  for (const name of ['a', 'b']) {
    const { lease } = await before.grant(10)
    const keys = [`/${name}/1`, `/${name}/2`]
    await before.write(keys.map((key) => ({ put: Buffer.from(key), value: Buffer.from(''), lease })))
    now += 1_000
  }
  const since = (await before.write([put]))[0]?.revision
  await before[Symbol.asyncDispose]()

  now = 1_009_999
  const between = await open(path, () => now)
  expect(await texts(between)).toEqual(['/a', '/a/1', '/a/2', '/b/1', '/b/2'])
  await between[Symbol.asyncDispose]()

  now = 1_011_000
  const after = await open(path, () => now)
  expect(await texts(after)).toEqual(['/a'])
  const told: string[] = []
  for await (const event of after.watch([range], { since, signal: never })) {
    if (event.is === 'changes') told.push(event.changes.map(describeChange).join(' '))
    if (told.length === 2) break
  }
  expect(told).toEqual(['-/a/1 -/a/2', '-/b/1 -/b/2'])
  await after[Symbol.asyncDispose]()
})

it('keeps when a record was first put', async () => {
  let now = 1_000_000
  const store = await open(join(folder, 'created.db'), () => now)
  await store.write([put])
  now += 60_000
  await store.write([put])
  for await (const page of store.scan(range)) expect(page.records[0]?.createdAt).toBe(1_000_000)
  await store[Symbol.asyncDispose]()
})

it('notices that its file was deleted, and begins anew', async () => {
  const path = join(folder, 'deleted.db')
  const store = await open(path)
  const { lease } = await store.grant(60)
  for (let at = 0; at < 5; at += 1) await store.write([put])
  const since = (await store.write([put]))[0]?.revision
  for (const end of ['', '-wal', '-shm']) await rm(path + end, { force: true })
  await expect(store.keepAlive(lease)).rejects.toMatchObject({ code: 'unreachable' })
  await store.write([put])
  expect(await store.keepAlive(lease)).toBeUndefined()
  const watch = store.watch([range], { since, signal: never })
  await expect(watch[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'history-lost',
    message: expect.stringMatching(/does not exist yet/),
  })
  await store[Symbol.asyncDispose]()
})

it('forgets the oldest changes, and says so to who asks for them', async () => {
  const path = join(folder, 'history.db')
  const store = await open(path)
  await store.write([put])
  await sql(
    path,
    `WITH RECURSIVE numbers (n) AS (SELECT 3 UNION ALL SELECT n + 1 FROM numbers WHERE n < 101500)
     INSERT INTO history (revision, key, value, created_at) SELECT n, CAST('/many' AS BLOB), x'', 0 FROM numbers;
     UPDATE state SET revision = 101500`,
  )
  await store.write([put])
  const lost = store.watch([range], { since: '1500', signal: never })
  await expect(lost[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'history-lost' })
  let changes = 0
  for await (const event of store.watch([range], { since: '1501', signal: never })) {
    if (event.is === 'changes') changes += event.changes.length
    if (event.is === 'changes' && event.revision === '101501') break
  }
  expect(changes).toBe(100_000)
  await store[Symbol.asyncDispose]()
})
