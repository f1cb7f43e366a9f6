import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { patientTarget } from '../patience.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { type Built, built } from './built.ts'
import { run } from './run.ts'
import { type Seed, aio, kratos, seed } from './seed.ts'

/** The host of the AIO records that `aio` writes. */
const HOST = '10.0.0.2'
const KILLS = 20
/** Of each kind: half of Kratos' are on the host. */
const RECORDS = 600

const records = (now: number): readonly Seed[] => [
  ...Array.from({ length: RECORDS }, (_, at) =>
    kratos(`pay-${at % 7}`, `p-${at}`, { ttl: 3600, endpoints: [`grpc://10.0.0.${at % 2 === 0 ? 2 : 3}:9000`] }),
  ),
  ...Array.from({ length: RECORDS }, (_, at) => aio(`mail-${at % 5}`, `m-${at}`, at % 10 === 0 ? 'down' : 'up', now)),
]

await describeWith('etcd', 'a drain that is killed on etcd', () => {
  let server: EtcdServer
  let folder: string
  let program: Built
  beforeAll(async () => {
    server = await startEtcd()
    folder = await mkdtemp(join(tmpdir(), 'rollcall-drain-killed-'))
    program = await built()
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const registry = () => `etcd://${server.endpoint}`
  // What is not renewed would count as expired while the test runs.
  const env = () => ({ ROLLCALL_REGISTRY: registry(), ROLLCALL_AIO_TTL: '24h', XDG_STATE_HOME: folder, HOME: folder })
  const here = (line: string) => run(line, { env: env() })

  /** Each instance with its status, its endpoints and whether it has a lease. */
  async function state(): Promise<string[]> {
    await using client = await Client.open({ ...patientTarget(registry()), aioTtl: 86_400_000 })
    const found: string[] = []
    for await (const entry of client.entries())
      if (entry.is === 'instance') {
        const { instance, observed, service } = entry
        found.push(
          `${service}/${instance.id} ${observed.status} ${instance.endpoints.join()} ${observed.lease !== undefined}`,
        )
      }
    return found.toSorted()
  }

  const backups = async () => (await readdir(join(folder, 'rollcall/backups')).catch(() => [])).length

  /**
   * Drains by the real program and kills it so many milliseconds after its backup began; answers how long it ran from there. Reading
   * takes most of its time before that, and changes nothing.
   */
  async function drain(kill?: number): Promise<number> {
    const words = [program.program, 'drain', HOST, '--yes', '--force', '-q']
    const there = await backups()
    const child = spawn(process.execPath, words, { stdio: 'ignore', env: env() })
    const exit = once(child, 'exit')
    while (child.exitCode === null && (await backups()) === there) await setImmediate()
    const began = performance.now()
    const timer = kill === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), kill)
    await exit
    clearTimeout(timer)
    return performance.now() - began
  }

  it('is settled by undo, or by a second run and --back, and no instance is lost', { timeout: 600_000 }, async () => {
    await seed({ env: env() }, records(Date.now()))
    const before = await state()
    expect(before.length).toBe(2 * RECORDS)
    const time = await drain()
    const drained = await state()
    expect(drained.length).toBe(2 * RECORDS - RECORDS / 2)
    expect(await here('undo --yes -q')).toMatchObject({ status: 0 })
    expect(await state()).toEqual(before)
    let touched = 0
    for (let kill = 0; kill < KILLS || touched === 0; kill++) {
      await drain(time * Math.random())
      if ((await state()).join() !== before.join()) touched++
      if (kill % 2 === 0) {
        const { status, stderr } = await here('undo --yes -q')
        // Where it was killed before it changed anything there is nothing to undo.
        expect([0, 1], stderr).toContain(status)
      } else {
        await drain()
        expect(await state()).toEqual(drained)
        expect(await here(`drain ${HOST} --back --yes -q`)).toMatchObject({ status: 0 })
      }
      expect(await state()).toEqual(before)
    }
  })
})
