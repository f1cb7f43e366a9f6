import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { run } from './run.ts'
import { type Seed, kratos, seed } from './seed.ts'
import { patientTarget } from '../patience.ts'

/** Malformed in every way that a key or a value can be, some on leases of their own and some on one together. */
const records: readonly Seed[] = [
  { key: '/microservices//web-7', value: { id: 'web-7', name: '' }, ttl: 600, lease: 'a' },
  { key: '/microservices//web-8', value: { id: 'web-8', name: '' }, ttl: 600, lease: 'a' },
  { key: '/microservices/pay/', value: { id: '', name: 'pay', endpoints: null }, ttl: 1200, lease: 'b' },
  { key: '/microservices/pay/empty', value: '' },
  { key: '/microservices/pay/null', value: 'null', ttl: 300 },
  {
    key: Buffer.from('/microservices/pay/\xff\xfe\x00\n', 'latin1'),
    value: Buffer.from([0, 0xff, 0xc3, 0x28]),
    ttl: 900,
  },
  { key: Buffer.from('/microservices/\xf0\x28/\\x41', 'latin1'), value: Buffer.from('\ufeff{', 'utf8') },
  { key: '/microservices/名/🦊', value: 'kein JSON "\u2028' },
  { key: '/aio/registry/mail/m-1', value: '{"id":1}', ttl: 60 },
]

interface Stored {
  readonly id: string
  readonly value: string
  readonly granted: number | undefined
  /** Keys on the same lease. */
  readonly together: readonly string[] | undefined
}

async function stored(registry: string): Promise<Stored[]> {
  await using client = await Client.open(patientTarget(registry))
  const found: Stored[] = []
  for await (const page of client.backend.scan({}, { detail: true })) {
    for (const { id, body, leaseState } of page.records) {
      const value = Buffer.from(body as Uint8Array).toString('hex')
      found.push({ id, value, granted: leaseState?.granted, together: leaseState?.keys.toSorted() })
    }
  }
  return found
}

async function thereAndBack(registry: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-bytes-'))
  const backup = join(folder, 'backup.ndjson')
  const options = { env: { ROLLCALL_REGISTRY: registry } }
  await seed(options, [...records, kratos('pay', 'well', { ttl: 600 })])
  const before = await stored(registry)
  expect(before).toHaveLength(records.length + 1)
  const purged = await run(['purge', '--malformed', '--yes', '--backup', backup], options)
  expect(purged).toMatchObject({ status: 0, stderr: expect.stringContaining(`${records.length} records removed`) })
  expect((await stored(registry)).map(({ id }) => id)).toEqual(['/microservices/pay/well'])
  const restored = await run(['restore', backup, '--yes', '-o', 'json'], options)
  expect(restored).toMatchObject({ status: 0, stderr: expect.stringContaining('6 records with the original lease') })
  expect(await stored(registry)).toEqual(before)
  const lines = (await readFile(backup, 'utf8')).trimEnd().split('\n')
  expect(lines.filter((line) => 'value' in JSON.parse(line))).toHaveLength(records.length)
  await rm(folder, { recursive: true })
}

describe('purge and restore', () => {
  it('bring back every byte and every lease, on the embedded registry', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-bytes-'))
    await thereAndBack(`file:${join(folder, 'registry.db')}`)
    await rm(folder, { recursive: true })
  })
})

await describeWith('etcd', 'purge and restore on etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await startEtcd()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('bring back every byte and every lease', async () => {
    await thereAndBack(`etcd://${server.endpoint}`)
  })
})
