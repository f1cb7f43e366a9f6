import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { patientTarget } from '../patience.ts'
import { rounds } from '../rounds.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { type Built, built } from './built.ts'
import { run } from './run.ts'
import { type Seed, seed } from './seed.ts'

const RECORDS = 1_200
const KILLS = rounds(5, 50)
/** Milliseconds for all of them. */
const PATIENCE = 600_000

const records: readonly Seed[] = Array.from({ length: RECORDS }, (_, at) => ({
  key: `/microservices//host-${at}`,
  value: Buffer.from(`record ${at}`),
  ...(at % 3 === 0 ? { ttl: 3600, lease: `lease-${at % 50}` } : {}),
}))

let folder: string
let program: Built
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-undo-killed-'))
  program = await built()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What is stored, by key, and whether it hangs on a lease. */
async function stored(registry: string): Promise<Map<string, string>> {
  await using client = await Client.open(patientTarget(registry))
  const found = new Map<string, string>()
  for await (const { records: some } of client.backend.scan({}))
    for (const { id, body, lease } of some)
      found.set(id, `${Buffer.from(body as Uint8Array).toString('hex')} ${lease !== undefined}`)
  return found
}

interface Place {
  readonly registry: string
  /** XDG_STATE_HOME: the runs of each kill are its own. */
  readonly state: string
}

/** Runs a command line of its own process, killed so many milliseconds after it began; answers how long it ran. */
async function ran({ registry, state }: Place, words: readonly string[], kill?: number): Promise<number> {
  const began = performance.now()
  const child = spawn(process.execPath, [program.program, ...words, '--yes', '-q', '-r', registry], {
    stdio: 'ignore',
    env: { XDG_STATE_HOME: state },
  })
  const timer = kill === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), kill)
  await once(child, 'exit')
  clearTimeout(timer)
  return performance.now() - began
}

const PURGE = ['purge', '--malformed']

async function killedAtRandom(registry: string): Promise<void> {
  const options = (state: string) => ({ env: { ROLLCALL_REGISTRY: registry, XDG_STATE_HOME: state } })
  const newPlace = async (): Promise<Place> => ({ registry, state: await mkdtemp(join(folder, 'state-')) })
  await seed(options(folder), records)
  const before = await stored(registry)
  expect(before.size).toBe(RECORDS)
  const whole = await newPlace()
  const purging = await ran(whole, PURGE)
  expect((await stored(registry)).size).toBe(0)
  const undoing = await ran(whole, ['undo'])
  expect(await stored(registry)).toEqual(before)
  let touched = 0
  for (let kill = 0; kill < KILLS || touched === 0; kill++) {
    const place = await newPlace()
    await ran(place, PURGE, purging * (0.25 + 0.75 * Math.random()))
    const after = await stored(registry)
    for (const [key, value] of after) expect(value).toBe(before.get(key))
    if (after.size < RECORDS) touched++
    await ran(place, ['undo'], undoing * (0.25 + 0.75 * Math.random()))
    const undone = await run('undo --yes -q', options(place.state))
    expect(undone, undone.stderr).toMatchObject({ status: expect.toBeOneOf([0, 1]) })
    expect(await stored(registry)).toEqual(before)
    expect(await run('undo --yes', options(place.state))).toMatchObject({ status: 1 })
    expect(await stored(registry)).toEqual(before)
  }
}

describe('a purge and its undo that are killed', () => {
  it(
    'lose nothing, on the embedded registry',
    async () => {
      await killedAtRandom(`file:${join(folder, 'registry.db')}`)
    },
    PATIENCE,
  )
})

await describeWith('etcd', 'a purge and its undo that are killed on etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await startEtcd()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it(
    'lose nothing',
    async () => {
      await killedAtRandom(`etcd://${server.endpoint}`)
    },
    PATIENCE,
  )
})
