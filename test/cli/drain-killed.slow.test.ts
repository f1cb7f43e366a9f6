import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { patientTarget } from '../patience.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { PATIENCE, killing, ran, sometimeIn } from './killing.ts'
import { run } from './run.ts'
import { type Seed, aio, kratos, seed } from './seed.ts'

/** The host of the AIO records that `aio` writes. */
const HOST = '10.0.0.2'
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
  beforeAll(async () => {
    server = await startEtcd()
    folder = await mkdtemp(join(tmpdir(), 'rollcall-drain-killed-'))
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const registry = () => `etcd://${server.endpoint}`
  // What is not renewed would count as expired while the test runs.
  const env = () => ({ ROLLCALL_REGISTRY: registry(), ROLLCALL_AIO_TTL: '24h', XDG_STATE_HOME: folder })
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

  /** Its time is counted from where its backup begins: reading takes most of its time before that, and changes nothing. */
  async function drain(kill?: number): Promise<number> {
    const words = ['drain', HOST, '--yes', '--force', '-q']
    const there = await backups()
    return await ran({ words, env: env(), isUnderWay: async () => (await backups()) > there }, kill)
  }

  const undo = (kill?: number) => ran({ words: ['undo', '--yes', '-q'], env: env() }, kill)

  it('is settled by undo, also by one that is killed, or by a second run and --back, and loses nothing', {
    timeout: PATIENCE,
  }, async () => {
    await seed({ env: env() }, records(Date.now()))
    const before = await state()
    expect(before.length).toBe(2 * RECORDS)
    const time = await drain()
    const drained = await state()
    expect(drained.length).toBe(2 * RECORDS - RECORDS / 2)
    const undoing = await undo()
    expect(await state()).toEqual(before)
    await killing(async (kill) => {
      await drain(time * Math.random())
      const after = await state()
      if (kill % 3 === 0) {
        await drain()
        expect(await state()).toEqual(drained)
        expect(await here(`drain ${HOST} --back --yes -q`)).toMatchObject({ status: 0 })
      } else {
        if (kill % 3 === 1) await undo(sometimeIn(undoing))
        const { status, stdout, stderr } = await here('undo --yes -o json')
        // Where the drain was killed before it changed anything, or the undo after its end, there is nothing to undo.
        expect([0, 1], stderr + stdout).toContain(status)
      }
      expect(await state()).toEqual(before)
      return ![before.join(), drained.join()].includes(after.join())
    })
  })
})
