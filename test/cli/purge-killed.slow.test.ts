import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { readBackup } from '../../src/client/purge/backup.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { type Built, built } from './built.ts'
import { run } from './run.ts'
import { type Seed, seed } from './seed.ts'
import { rounds } from '../rounds.ts'
import { patientTarget } from '../patience.ts'

const RECORDS = 1_500
/** At least; and until one has met records that were gone and records that were there. */
const KILLS = rounds(6, 25)

const records: readonly Seed[] = Array.from({ length: RECORDS }, (_, at) => ({
  key: `/microservices//host-${at}`,
  value: Buffer.concat([Buffer.from([0xff, at & 0xff]), Buffer.from(`record ${at}`)]),
  ...(at % 3 === 0 ? { ttl: 3600, lease: `lease-${at % 50}` } : {}),
}))

let folder: string
let program: Built
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-killed-'))
  program = await built()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What is stored, by key; the values in hexadecimal. */
async function stored(registry: string): Promise<Map<string, string>> {
  await using client = await Client.open(patientTarget(registry))
  const found = new Map<string, string>()
  for await (const { records: some } of client.backend.scan({})) {
    for (const { id, body, lease } of some)
      found.set(id, `${Buffer.from(body as Uint8Array).toString('hex')} ${lease !== undefined}`)
  }
  return found
}

/** Starts a purge of everything and kills it so many milliseconds after it began; answers how long it ran. */
async function purge(registry: string, backup: string, kill?: number): Promise<number> {
  const words = [program.program, 'purge', '--malformed', '--yes', '-q', '-r', registry, '--backup', backup]
  const began = performance.now()
  // Without a home it keeps no code, and each run takes as long as the first.
  const child = spawn(process.execPath, words, { stdio: 'ignore', env: {} })
  const timer = kill === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), kill)
  await once(child, 'exit')
  clearTimeout(timer)
  return performance.now() - began
}

async function killedAtRandom(registry: string): Promise<void> {
  const backups = await mkdtemp(join(folder, 'backups-'))
  const options = { env: { ROLLCALL_REGISTRY: registry } }
  await seed(options, records)
  const before = await stored(registry)
  expect(before.size).toBe(RECORDS)
  const whole = join(backups, 'whole.ndjson')
  const time = await purge(registry, whole)
  expect((await stored(registry)).size).toBe(0)
  expect(await run(['restore', whole, '--yes', '-q'], options)).toMatchObject({ status: 0 })
  let touched = 0
  for (let kill = 0; kill < KILLS || touched === 0; kill++) {
    const backup = join(backups, `${kill}.ndjson`)
    await purge(registry, backup, time * (0.25 + 0.75 * Math.random()))
    const after = await stored(registry)
    for (const [key, value] of after) expect(value).toBe(before.get(key))
    if (after.size === RECORDS) continue
    touched++
    expect(await keysIn(backup)).toEqual([...before.keys()].toSorted())
    expect(await run(['restore', backup, '--yes', '-q'], options)).toMatchObject({ status: 0 })
    expect(await stored(registry)).toEqual(before)
  }
}

async function keysIn(backup: string): Promise<string[]> {
  const { records: kept, tears } = await readBackup(backup)
  expect(tears).toEqual([])
  return kept.map(({ id }) => id).toSorted()
}

describe('a purge that is killed', () => {
  it('leaves a whole backup and whole records, on the embedded registry', async () => {
    await killedAtRandom(`file:${join(folder, 'registry.db')}`)
  }, 600_000)
})

await describeWith('etcd', 'a purge that is killed on etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await startEtcd()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('leaves a whole backup and whole records', async () => {
    await killedAtRandom(`etcd://${server.endpoint}`)
  }, 600_000)
})
