import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { targetFrom } from '../../src/config/target.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { run } from './run.ts'

/** Seconds of a lease: short, so that a record that nobody renews is soon gone. */
const TTL = 3
const INSTANCES = 10

let registry: string
let folder: string
const options = () => ({ cwd: folder, env: { ROLLCALL_REGISTRY: registry } })
const items = async (line: string) => JSON.parse((await run(`${line} -o json`, options())).stdout).items

/** Living processes as Kratos has them: each renews its lease, and never looks at its record again. */
class Processes implements AsyncDisposable {
  readonly leases: readonly string[]
  readonly #client: Client
  readonly #timer: NodeJS.Timeout
  renewals = 0

  private constructor(client: Client, leases: readonly string[]) {
    this.leases = leases
    this.#client = client
    this.#timer = setInterval(() => void this.#renew(), (TTL * 1000) / 6)
  }

  static async start(): Promise<Processes> {
    const client = await Client.open(targetFrom(registry))
    const leases: string[] = []
    for (let at = 0; at < INSTANCES; at++) {
      const instance = { name: 'pay', id: `pay-${at}`, endpoints: [`grpc://10.0.0.${at}:9000`] }
      const { lease = '' } = await client.register(instance, { ttl: TTL })
      leases.push(lease)
    }
    return new Processes(client, leases)
  }

  async #renew(): Promise<void> {
    await Promise.all(this.leases.map((lease) => this.#client.renewLease(lease).catch(() => {})))
    this.renewals++
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#client[Symbol.asyncDispose]()
  }
}

/** The TTL is over several times by then, for whatever nobody renews. */
async function untilTtlsPassed(processes: Processes): Promise<void> {
  const before = processes.renewals
  await expect.poll(() => processes.renewals - before, { timeout: 60_000 }).toBeGreaterThan(15)
}

function tests(): void {
  it('of a mistaken purge of ten living instances keeps them for longer than their TTL', async () => {
    await using processes = await Processes.start()
    const purged = await run('purge pay --status up --force --yes --backup b.ndjson', options())
    expect(purged.status).toBe(0)
    expect((await run('ls pay', options())).status).toBe(1)
    const restored = await run('restore b.ndjson --yes -o json', options())
    expect(restored).toMatchObject({ status: 0, stderr: expect.stringContaining('with the original lease') })
    const results = JSON.parse(restored.stdout).items
    expect(results.map((item: { lease?: string }) => item.lease).toSorted()).toEqual(processes.leases.toSorted())
    await untilTtlsPassed(processes)
    expect(await items('ls pay')).toHaveLength(INSTANCES)
  })

  it('puts on a new lease of the old TTL what hung on one that is gone, and says so', async () => {
    await using processes = await Processes.start()
    expect((await run('purge pay --status up --force --yes --backup b.ndjson', options())).status).toBe(0)
    const client = await Client.open(targetFrom(registry))
    await processes[Symbol.asyncDispose]()
    const gone = async () => [...((await client.backend.leases?.(processes.leases)) ?? new Map()).values()]
    await expect.poll(async () => (await gone()).every(({ granted }) => granted === 0), { timeout: 30_000 }).toBe(true)
    const restored = await run('restore b.ndjson --yes', options())
    expect(restored).toMatchObject({ status: 0, stderr: expect.stringContaining('10 records on new leases') })
    const found = JSON.parse((await run('get pay/pay-1 -o json', options())).stdout)
    expect(processes.leases).not.toContain(found.lease)
    expect(found.ttl.granted).toBe(TTL)
    await client[Symbol.asyncDispose]()
  })

  it('does not renew a lease that it puts a record back on', async () => {
    await using client = await Client.open(targetFrom(registry))
    const { lease = '', records } = await client.register(
      { name: 'pay', id: 'a', endpoints: ['grpc://h:1'] },
      { ttl: 60 },
    )
    const left = async () => (await client.backend.leases?.([lease]))?.get(lease)?.remaining ?? 0
    await expect.poll(left, { timeout: 10_000 }).toBeLessThan(60)
    expect((await run('deregister pay/a --backup a.ndjson', options())).status).toBe(0)
    const before = await left()
    expect((await run('restore a.ndjson --yes', options())).status).toBe(0)
    expect(await left()).toBeLessThanOrEqual(before)
    const state = (await client.backend.leases?.([lease]))?.get(lease)
    expect(state?.keys).toEqual(records.map(({ id }) => id))
  })
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-undo-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('an undo, on the embedded registry', () => {
  beforeEach(() => {
    registry = `file:${join(folder, 'r.db')}`
  })
  tests()
})

await describeWith('etcd', 'an undo, on etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await startEtcd()
  })
  beforeEach(async () => {
    registry = `etcd://${server.endpoint}`
    await server.removeAll()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  tests()
})
