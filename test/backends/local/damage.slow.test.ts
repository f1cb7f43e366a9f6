import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLocalStore } from '../../../src/backends/local/store.ts'
import { RollcallError } from '../../../src/model/errors.ts'
import { run } from '../../cli/run.ts'
import { rounds } from '../../rounds.ts'
import { Processes } from './processes.ts'

const value = (id: string) => Buffer.from(JSON.stringify({ id, name: 'pay', endpoints: ['http://10.0.0.1:80'] }))

let folder = ''
let whole: Buffer
let path = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-damage-'))
  path = join(folder, 'registry.db')
  await using store = await openLocalStore(path, Date.now)
  const { lease } = await store.grant(3_600)
  for (let round = 0; round < 3; round += 1)
    await store.write(
      Array.from({ length: 60 }, (_, at) => ({
        put: Buffer.from(`/microservices/pay/pay-${at}`),
        value: value(`pay-${at}`),
        ...(at % 2 === 0 ? { lease } : {}),
      })),
    )
  await store.write([{ delete: Buffer.from('/microservices/pay/pay-1') }])
})
beforeAll(async () => {
  whole = await readFile(path)
})
afterAll(() => rm(folder, { recursive: true }))

const PAGE = 4_096

const VERBS = [
  'ls -o json',
  'get pay/pay-2 -o json',
  'stats',
  'check-keys',
  'wait pay --timeout 0s',
  'watch --since 1 --limit 1',
  'purge --malformed --dry-run',
  'renew pay/pay-2',
  'register pay --id new --endpoint http://10.0.0.9:80 --ttl 60s',
  'deregister pay/pay-4',
]

type Damage = (file: Buffer) => Buffer

const page = fc.nat({ max: 40 })
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 40 }).map((flips) => {
    return (file: Buffer) => {
      for (const [at, bits] of flips) file[at % file.length] = (file[at % file.length] ?? 0) ^ bits
      return file
    }
  }),
  fc
    .tuple(page, fc.array(fc.tuple(fc.nat({ max: PAGE - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 60 }))
    .map(([number, bytes]) => {
      return (file: Buffer) => {
        const start = (number % Math.ceil(file.length / PAGE)) * PAGE
        for (const [at, byte] of bytes) if (start + at < file.length) file[start + at] = byte
        return file
      }
    }),
  fc.tuple(page, fc.constantFrom(0, 0xff)).map(([number, byte]) => {
    return (file: Buffer) => {
      const start = (number % Math.ceil(file.length / PAGE)) * PAGE
      return file.fill(byte, start, start + PAGE)
    }
  }),
  fc.nat().map((length) => (file: Buffer) => file.subarray(0, length % file.length)),
)

it('answers what can be read of a damaged file, or says which file is damaged and what to do', async () => {
  const statuses = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(damage, fc.constantFrom(...VERBS), async (spoil, verb) => {
      for (const end of ['-wal', '-shm']) await rm(path + end, { force: true })
      await writeFile(path, spoil(Buffer.from(whole)))
      const stop = new AbortController()
      // Of a history that is damaged there may be nothing to tell.
      const timer = setTimeout(() => stop.abort(new RollcallError('interrupted', 'nothing was told')), 10_000)
      const { status, stderr } = await run([...verb.split(' '), '-r', `file:${path}`], { signal: stop.signal })
      clearTimeout(timer)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      expect([0, 1, 3, 5, 7, 130], `${verb}: ${stderr}`).toContain(status)
      if (status === 3) expect(stderr).toContain(path)
      if (status === 3) expect(stderr.trim()).toMatch(/\n.{10}|"hint":"/)
    }),
    { numRuns: rounds(150, 1_000) },
  )
  expect(statuses.get(3), JSON.stringify([...statuses])).toBeGreaterThan(10)
})

const at = (file: string, words: string) => run([...words.split(' '), '-r', `file:${file}`])

describe('a saved copy that is put over the file', () => {
  it('is what is read, once the last process has closed it', async () => {
    const file = join(folder, 'copied.db')
    await at(file, 'register pay --id saved --endpoint http://10.0.0.1:80 --ttl 1h')
    await copyFile(file, `${file}.saved`)
    await at(file, 'register pay --id later --endpoint http://10.0.0.2:80 --ttl 1h')
    await copyFile(`${file}.saved`, file)
    expect((await at(file, 'ls pay -o name')).stdout).toBe('pay/saved\n')
  })

  it('is what is read after a process was killed, as the hint says', async () => {
    const processes = await Processes.prepare()
    const file = join(processes.folder, 'killed.db')
    await at(file, 'register pay --id saved --endpoint http://10.0.0.1:80 --ttl 1h')
    await copyFile(file, `${file}.saved`)
    const child = processes.start('write for ever', file, 'x')
    await child.heard(3)
    await child.kill()
    await truncate(file, 5_000)
    const { status, stderr } = await at(file, 'ls')
    expect(status).toBe(3)
    const steps = /delete (\S+) and (\S+), and put a saved copy in its place/.exec(stderr)
    expect(steps?.slice(1)).toEqual([`${file}-wal`, `${file}-shm`])
    // A newer SQLite has taken them away itself when the damaged file was closed.
    for (const left of steps?.slice(1) ?? []) await rm(left, { force: true })
    await copyFile(`${file}.saved`, file)
    const reader = processes.start('keys', file)
    await reader.ended
    expect(reader.messages).toEqual([{ value: '/microservices/pay/saved' }])
    await processes.end()
  })
})
