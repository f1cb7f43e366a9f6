import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Identity } from '../../src/server/authenticate.ts'
import type { Live } from '../../src/server/live.ts'
import { Malformed } from '../../src/server/malformed.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { Ground, onEmbeddedAndEtcd, tokensOf } from './ground.ts'

/** As Kratos' records are, but for a number: malformed under any prefix. */
const WRONG_TYPE = '{"id":"x","name":"x","metadata":{"weight":1},"endpoints":[]}'

async function plant({ client }: Ground, ...keys: string[]): Promise<void> {
  const prefix = client.target.url.query['prefix'] ?? '/microservices'
  const records = keys.map((key) => {
    const service = key.split('/')[0] ?? ''
    return { id: `${prefix}/${key}`, service, body: Buffer.from(WRONG_TYPE), ttlGranted: null }
  })
  for await (const { result } of client.restore(records)) expect(result).toBe('done')
}

await onEmbeddedAndEtcd('malformed records over HTTP', (open) => {
  it('are told with rule, cause and fix', async () => {
    await using ground = await open()
    await ground.register('fine')
    await plant(ground, 'cart/c-1')
    const { status, data } = await ground.get('/malformed')
    expect(status).toBe(200)
    expect(data).toMatchObject({
      total: 1,
      records: [
        {
          key: expect.stringMatching(/\/cart\/c-1$/),
          service: 'cart',
          rule: 'RC1103',
          title: 'field of a wrong type',
          message: expect.stringContaining('metadata.weight'),
          cause: expect.stringContaining('Go refuses'),
          fix: expect.stringContaining('remove the key'),
          hosts: [],
        },
      ],
    })
  })
})

it('are told to each token for its own services', async () => {
  const shop: Identity = { name: 'shop', role: 'viewer', services: ['shop-*'] }
  await using ground = await Ground.open('memory:', { tokens: tokensOf({ x: shop }) })
  await plant(ground, 'cart/c-1', 'shop-1/s-1', 'shop-1/s-2')
  expect((await ground.get('/malformed')).status).toBe(401)
  const { data } = await ground.ask('GET', '/registry/malformed', undefined, { authorization: 'Bearer x' })
  expect(data.total).toBe(2)
  expect(data.records.map(({ service }: { service: string }) => service)).toEqual(['shop-1', 'shop-1'])
})

it('are a thousand at most, and counted all', async () => {
  await using ground = await Ground.open()
  await plant(ground, ...Array.from({ length: 1_200 }, (_, at) => `cart/c-${at}`))
  const { data } = await ground.get('/malformed')
  expect(data.total).toBe(1_200)
  expect(data.records).toHaveLength(1_000)
})

it('are read anew after a change, though a reading is under way', async () => {
  await using ground = await Ground.open()
  const { backend } = ground.client
  const scan = backend.scan.bind(backend)
  const gate = new EventEmitter()
  backend.scan = async function* scanHeld(...asked) {
    yield* scan(...asked)
    gate.emit('read')
    await once(gate, 'open')
  }
  const malformed = new Malformed(ground.client, { stale: false } as Live, Date.now)
  const total = async (): Promise<number> => (await malformed.of(() => true)).total
  const read = once(gate, 'read')
  const first = total()
  await read
  backend.scan = scan
  await plant(ground, 'cart/c-1')
  malformed.forget()
  expect(await total()).toBe(1)
  gate.emit('open')
  expect(await first).toBe(0)
  expect(await total()).toBe(1)
})

it('are not read again for everybody who asks', async () => {
  await using ground = await Ground.open()
  expect((await ground.get('/malformed')).data.total).toBe(0)
  await plant(ground, 'cart/c-1')
  const answers = await Promise.all(Array.from({ length: 20 }, () => ground.get('/malformed')))
  expect(answers.map(({ data }) => data.total)).toEqual(Array(20).fill(0))
  await expect.poll(async () => (await ground.get('/malformed')).data.total, { timeout: 20_000 }).toBe(1)
})

it('are of a registry whose folder on this machine is nobody’s to know', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-malformed-'))
  {
    await using ground = await Ground.open(`file:${folder}/registry.db`)
    await ground.register('a')
    expect((await ground.get('/malformed')).data.registry).toBe('file:registry.db')
  }
  await rm(folder, { recursive: true })
})

await describeWith('etcd', 'malformed records of a registry that is away', () => {
  it('are the last that were read', async () => {
    await using etcd = await startEtcd()
    await using ground = await Ground.open(`etcd://${etcd.endpoint}`)
    await plant(ground, 'cart/c-1')
    expect((await ground.get('/malformed')).data.total).toBe(1)
    await etcd.stop()
    const header = async () => (await ground.get('/malformed')).headers.get('x-rollcall-stale')
    await expect.poll(header, { timeout: 30_000 }).toBe('true')
    expect(await ground.get('/malformed')).toMatchObject({ status: 200, data: { total: 1 } })
  })
})
