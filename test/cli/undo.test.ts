import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { type Fresh, onEmbeddedAndEtcd } from './embedded-and-etcd.ts'
import { run } from './run.ts'
import { patientTarget } from '../patience.ts'

/** Seconds of a lease: short, so that a record that nobody renews is soon gone, and yet enough for a machine that is busy. */
const TTL = 12
/** Milliseconds between two renewals of each. */
const EVERY = 500
const INSTANCES = 10

let registry: string
let folder: string
const options = () => ({ cwd: folder, env: { ROLLCALL_REGISTRY: registry } })
const items = async (line: string) => JSON.parse((await run(`${line} -o json`, options())).stdout).items

/** Living processes as Kratos has them: each renews its lease, and never looks at its record again. */
class Processes implements AsyncDisposable {
  readonly leases: string[] = []
  readonly #client: Client
  readonly #timer: NodeJS.Timeout

  private constructor(client: Client) {
    this.#client = client
    this.#timer = setInterval(() => void this.#renew(), EVERY)
  }

  static async start(): Promise<Processes> {
    const client = await Client.open(patientTarget(registry))
    const processes = new Processes(client)
    for (let at = 0; at < INSTANCES; at++) {
      const instance = { name: 'pay', id: `pay-${at}`, endpoints: [`grpc://10.0.0.${at}:9000`] }
      const { lease = '' } = await client.register(instance, { ttl: TTL })
      processes.leases.push(lease)
    }
    return processes
  }

  async #renew(): Promise<void> {
    await Promise.all(this.leases.map((lease) => this.#client.renewLease(lease).catch(() => {})))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#client[Symbol.asyncDispose]()
  }
}

/** The TTL is over by then, for whatever nobody renews. */
async function untilTtlPassed(): Promise<void> {
  await using client = await Client.open(patientTarget(registry))
  const { lease = '' } = await client.register({ name: 'unattended', id: 'a', endpoints: ['grpc://h:1'] }, { ttl: TTL })
  await untilGone(client, [lease])
}

async function untilGone({ backend }: Client, leases: readonly string[]): Promise<void> {
  const granted = async () => [...((await backend.leases?.(leases)) ?? new Map()).values()].map((each) => each.granted)
  await expect.poll(granted, { timeout: 60_000 }).toEqual(leases.map(() => 0))
}

function tests(fresh: Fresh): void {
  beforeEach(async () => {
    registry = await fresh()
  })

  it('of a mistaken purge of ten living instances keeps them for longer than their TTL', async () => {
    await using processes = await Processes.start()
    const purged = await run('purge pay --status up --force --yes --backup b.ndjson', options())
    expect(purged.status).toBe(0)
    expect((await run('ls pay', options())).status).toBe(1)
    const restored = await run('restore b.ndjson --yes -o json', options())
    expect(restored).toMatchObject({ status: 0, stderr: expect.stringContaining('with the original lease') })
    const results = JSON.parse(restored.stdout).items
    expect(results.map((item: { lease?: string }) => item.lease).toSorted()).toEqual(processes.leases.toSorted())
    await untilTtlPassed()
    expect(await items('ls pay')).toHaveLength(INSTANCES)
  })

  it('puts on a new lease of the old TTL what hung on one that is gone, and says so', async () => {
    await using processes = await Processes.start()
    expect((await run('purge pay --status up --force --yes --backup b.ndjson', options())).status).toBe(0)
    const client = await Client.open(patientTarget(registry))
    await processes[Symbol.asyncDispose]()
    await untilGone(client, processes.leases)
    const restored = await run('restore b.ndjson --yes', options())
    expect(restored).toMatchObject({ status: 0, stderr: expect.stringContaining('10 records on new leases') })
    const found = JSON.parse((await run('get pay/pay-1 -o json', options())).stdout)
    expect(processes.leases).not.toContain(found.lease)
    expect(found.ttl.granted).toBe(TTL)
    await client[Symbol.asyncDispose]()
  })

  it('does not renew a lease that it puts a record back on', async () => {
    await using client = await Client.open(patientTarget(registry))
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

await onEmbeddedAndEtcd('an undo', tests)
