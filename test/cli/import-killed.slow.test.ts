import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { patientTarget } from '../patience.ts'
import { rounds } from '../rounds.ts'
import { type Built, built } from './built.ts'
import { run } from './run.ts'

const INSTANCES = 3_000
/** At least; and until one has met a registry that was half filled. */
const KILLS = rounds(6, 50)

/** What goes is all that a service has until the rest is registered. */
const PRUNING = ['--prune', '--yes', '--max-percent', '100']

let folder: string
let file: string
let program: Built
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-killed-'))
  program = await built()
  file = join(folder, 'all.ndjson')
  const lines = Array.from({ length: INSTANCES }, (_, at) => {
    const name = `service-${String(Math.floor(at / 150)).padStart(2, '0')}`
    return JSON.stringify({ id: `i-${at}`, name, version: `v${at % 9}`, endpoints: [`grpc://10.0.0.1:${1000 + at}`] })
  })
  await writeFile(file, `${lines.join('\n')}\n`)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What is stored, by key, with leases told apart from none. */
async function stored(registry: string): Promise<Map<string, string>> {
  await using client = await Client.open(patientTarget(registry))
  const found = new Map<string, string>()
  for await (const { records } of client.backend.scan({}))
    for (const { id, body, lease } of records)
      found.set(id, `${Buffer.from(body as Uint8Array).toString('utf8')} ${lease !== undefined}`)
  return found
}

async function empty(registry: string): Promise<void> {
  await using client = await Client.open(patientTarget(registry))
  for await (const { records } of client.backend.scan({}))
    for await (const { result } of client.remove(records)) expect(result).toBe('done')
}

/** Starts an import and kills it so many milliseconds after it began; answers how long it ran. */
async function importing(registry: string, options: readonly string[], kill?: number): Promise<number> {
  const words = [program.program, 'import', file, '-q', '-o', 'name', '-r', registry, ...options]
  const began = performance.now()
  // Without a home it keeps no code, and each run takes as long as the first.
  const child = spawn(process.execPath, words, { stdio: 'ignore', env: { XDG_STATE_HOME: folder } })
  const timer = kill === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), kill)
  await once(child, 'exit')
  clearTimeout(timer)
  return performance.now() - began
}

async function killedAtRandom(registry: string): Promise<void> {
  const options = { env: { ROLLCALL_REGISTRY: registry, XDG_STATE_HOME: folder } }
  // One in each service that the file has not, for --prune.
  const strange = async () => {
    for (const service of ['service-00', 'service-19'])
      await run(`register ${service} --id other -e grpc://10.0.0.9:1 --ttl none -q`, options)
  }
  await strange()
  const time = await importing(registry, PRUNING)
  const whole = await stored(registry)
  expect(whole.size).toBe(INSTANCES)
  let halves = 0
  for (let kill = 0; kill < KILLS || halves === 0; kill++) {
    await empty(registry)
    await strange()
    await importing(registry, PRUNING, time * (0.2 + 0.8 * Math.random()))
    const after = await stored(registry)
    // Nothing that is half written, and nothing that the file has not.
    for (const [key, value] of after) if (!key.endsWith('/other')) expect(value).toBe(whole.get(key))
    if (after.size > 2 && after.size < INSTANCES) halves++
    const next = await run(['import', file, ...PRUNING, '-q'], options)
    expect(next, next.stderr).toMatchObject({ status: 0 })
    expect(await stored(registry)).toEqual(whole)
  }
  const again = await run(['import', file, ...PRUNING], options)
  expect(again).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('nothing to change') })
}

describe('an import that is killed', () => {
  it('is finished by the next, on the embedded registry', async () => {
    await killedAtRandom(`file:${join(folder, 'registry.db')}`)
  }, 900_000)
})

await describeWith('etcd', 'an import that is killed on etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await startEtcd()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('is finished by the next', async () => {
    await killedAtRandom(`etcd://${server.endpoint}`)
  }, 900_000)
})
