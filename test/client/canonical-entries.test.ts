import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { colourless } from '../../src/cli/output/colours.ts'
import { instancesTable } from '../../src/cli/output/instances.ts'
import { listWriter } from '../../src/cli/output/list-writer.ts'
import { instanceLine } from '../../src/cli/output/documents.ts'
import { parseOutput } from '../../src/cli/output/options.ts'
import type { Settings } from '../../src/backends/contract/driver.ts'
import { CanonicalEntries, eachKind } from '../../src/client/canonical-entries.ts'
import type { Client, EntryScan } from '../../src/client/client.ts'
import { encodeGoJson } from '../../src/layouts/go-json-encode.ts'
import { escapeKey } from '../../src/model/key.ts'
import type { Entry } from '../../src/model/reading.ts'
import { services } from '../../src/reports/services.ts'
import { stats } from '../../src/reports/stats.ts'
import { summary } from '../../src/reports/summary.ts'
import { collected } from '../cli/output/collected.ts'
import { hostileJson } from '../layouts/hostile.ts'
import { EtcdServer } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { embedded } from './clients.ts'

interface Put {
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly leased: boolean
}

const plain = fc.string({ unit: fc.constantFrom('a', 'B', '7', '-', '.', ':', ',', '{', ']', ' '), maxLength: 6 })
const word = fc.oneof(
  { weight: 20, arbitrary: plain },
  { weight: 1, arbitrary: fc.constantFrom('"', '\\', '<', '\u007f', 'é', '😀', '##[x]', '#', '","name":"', '/', '\0') },
)
const number = fc.constantFrom('5', '0', '100', '007', '-1', '+3', '999999999999999', '9999999999999999', '1e3', '')
const metadata = fc.dictionary(
  fc.oneof({ weight: 8, arbitrary: plain }, { weight: 4, arbitrary: fc.constantFrom('env', 'weight', 'zone') }, word),
  fc.oneof({ weight: 3, arbitrary: word }, number),
  { maxKeys: 4 },
)
const oddMetadata = fc.constantFrom(null, { 10: 'a', 9: 'b' }, { toString: 'x' }, { b: '1', a: '2' })
const endpoint = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('grpc://h:1', 'http://h:2', 'https://[::1]:3', 'ws://a', 'tls://b:1') },
  { weight: 1, arbitrary: fc.constantFrom('discovery://x', 'GRPC://h:1', 'h:1', '', 'grpc:/h', '://') },
)
const name = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('a', 'a-b', 'a.b', 'pay', 'pay-2') },
  { weight: 1, arbitrary: fc.constantFrom('é', 'x"y', 'a/b', '', 'constructor', '##[x]', 'b\\c') },
)
const id = fc.oneof({ weight: 9, arbitrary: fc.stringMatching(/^[a-f0-9]{1,4}$/) }, { weight: 1, arbitrary: word })

/** What Kratos writes, and in some of it a byte too many or another one. */
const kratos = fc
  .record({
    id,
    name,
    version: fc.oneof({ weight: 5, arbitrary: fc.constantFrom('v1', 'v2', '') }, { weight: 1, arbitrary: word }),
    metadata: fc.oneof({ weight: 9, arbitrary: metadata }, { weight: 1, arbitrary: oddMetadata }),
    endpoints: fc.oneof(
      { weight: 9, arbitrary: fc.array(endpoint, { maxLength: 3 }) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
  })
  .chain((instance) =>
    fc.record({
      value: fc.oneof({ weight: 6, arbitrary: fc.constant(encodeGoJson(instance)) }, damaged(encodeGoJson(instance))),
      key: fc.oneof(
        { weight: 12, arbitrary: fc.constant(`/${instance.name}/${instance.id}`) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('grpc', 'x').map((part) => `/${instance.name}/${part}/${instance.id}`),
        },
        { weight: 1, arbitrary: fc.constantFrom(`/${instance.name}`, `/${instance.name}/`, `/${instance.name}/other`) },
        { weight: 1, arbitrary: name.map((other) => `/${other}/${instance.id}`) },
      ),
    }),
  )

function damaged(text: string): fc.Arbitrary<string> {
  const what = fc.constantFrom('"', ',', '}', ' ', '\\', '\n', 'é', '0', '\0', '#', '')
  return fc
    .tuple(fc.nat(text.length), what, fc.nat(1))
    .map(([at, insert, cut]) => text.slice(0, at) + insert + text.slice(at + cut))
}

const put = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(kratos, fc.constantFrom('/microservices', '/microservices', '/microservices', '/aio/registry', '/other'))
      .map(([{ key, value }, prefix]) => ({ key: Buffer.from(prefix + key), value: Buffer.from(value) })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(name, id, hostileJson)
      .map(([of, at, value]) => ({ key: Buffer.from(`/microservices/${of}/${at}`), value: Buffer.from(value) })),
  },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 4 }).map((bytes) => ({
      key: Buffer.concat([Buffer.from('/microservices/a/'), bytes]),
      value: Buffer.from('{"id":"i","name":"a","version":"","metadata":{},"endpoints":[]}'),
    })),
  },
)
const puts: fc.Arbitrary<Put[]> = fc.uniqueArray(
  fc.tuple(put, fc.nat(9)).map(([{ key, value }, chance]) => ({ key, value, leased: chance > 0 })),
  { maxLength: 24, selector: ({ key }) => key.toString('hex') },
)

/** So many of the records seen so far were read as bytes, and so many were not. */
const seen = { canonical: 0, others: 0 }

async function restore(client: Client, records: readonly Put[]): Promise<void> {
  const written = records.map(({ key, value, leased }) => ({
    id: escapeKey(key),
    service: '',
    body: value,
    ttlGranted: leased ? 600 : null,
    ...(leased ? { lease: '7587' } : {}),
  }))
  for await (const outcome of client.restore(written)) expect(outcome).toMatchObject({ result: 'done' })
}

/** All that a list shows, in the format: with canonical records as bytes, or with every record decoded. */
async function listed(scan: EntryScan, asBytes: boolean, format: string, limit?: string): Promise<string> {
  const stdout = collected()
  const output = parseOutput({ output: format, limit })
  const options = { kind: 'InstanceList', output, table: instancesTable, colours: colourless, now: 0 }
  const writer = await listWriter(stdout, options)
  for await (const part of asBytes ? scan.parts() : scan.batches()) {
    if (part instanceof CanonicalEntries) await writer.canonical?.(part)
    else for (const entry of part) if (entry.is === 'instance') writer.addLine?.(instanceLine(entry, {}))
    await writer.drain()
  }
  await writer.end()
  return stdout.text()
}

async function folded(scan: EntryScan, asBytes: boolean): Promise<unknown> {
  const folds = [services(), stats(), summary()]
  for await (const part of asBytes ? scan.parts() : scan.batches())
    eachKind(part, (entry, count) => {
      for (const fold of folds) fold.add(entry, count)
    })
  return { revision: scan.revision, folds: folds.map((fold) => fold.result()) }
}

async function entriesOf(scan: EntryScan, asBytes: boolean): Promise<Entry[]> {
  const entries: Entry[] = []
  for await (const part of asBytes ? scan.parts() : scan.batches()) {
    if (asBytes) seen[part instanceof CanonicalEntries ? 'canonical' : 'others'] += part.length
    entries.push(...(part instanceof CanonicalEntries ? part.all() : part))
  }
  return entries
}

async function expectAlike(client: Client): Promise<void> {
  for (const scope of [{}, { services: ['a', 'pay'] }]) {
    expect(await entriesOf(client.entries(scope), true)).toEqual(await entriesOf(client.entries(scope), false))
    expect(await folded(client.entries(scope), true)).toEqual(await folded(client.entries(scope), false))
    for (const format of ['json', 'ndjson'])
      for (const limit of [undefined, '3'])
        expect(await listed(client.entries(scope), true, format, limit)).toBe(
          await listed(client.entries(scope), false, format, limit),
        )
  }
}

const places = [
  { layout: 'kratos' },
  { layout: 'kratos-scheme' },
  { layout: 'aio' },
  { layout: 'plain', prefix: '/microservices' },
  { prefix: '/microservices' },
  { prefix: '/other' },
  { prefix: '/' },
] as const
const place = fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.constantFrom(...places) })

function suite(open: (settings: Partial<Settings>) => Promise<Client>, numRuns: number): void {
  it('are what they are when each is decoded, in every place, and so are lists and reports', async () => {
    {
      // So that there is a registry, also where the first sample has no record.
      await using whole = await open({ prefix: '' })
      await restore(whole, [record(0, '')])
      await clear(whole)
    }
    await fc.assert(
      fc.asyncProperty(puts, place, async (records, settings) => {
        await using whole = await open({ prefix: '' })
        await restore(whole, records)
        await using client = await open(settings)
        await expectAlike(client)
        await clear(whole)
      }),
      { numRuns },
    )
    expect(Math.min(seen.canonical, seen.others)).toBeGreaterThan(numRuns / 2)
  })

  it('are read alike where a list has many pages, with others among them', async () => {
    await using client = await open({})
    const records = Array.from({ length: 2_600 }, (_, at) => record(at, at % 700 === 13 ? ' ' : ''))
    await restore(client, records)
    seen.canonical = 0
    await expectAlike(client)
    expect(seen.canonical).toBeGreaterThan(2_000)
    await clear(client)
  })

  it('leave one that differs by a byte to be decoded, which is read right', async () => {
    await using client = await open({})
    await restore(client, [record(0, ''), record(1, ' '), record(2, '')])
    const parts: number[] = []
    const ids: string[] = []
    for await (const part of client.entries().parts()) {
      parts.push(part instanceof CanonicalEntries ? part.length : -part.length)
      for (const entry of part instanceof CanonicalEntries ? part.all() : part)
        if (entry.is === 'instance') ids.push(entry.instance.id)
    }
    expect(parts.filter((length) => length !== 0)).toEqual([1, -1, 1])
    expect(ids).toEqual(['00000', '00001', '00002'])
    await clear(client)
  })

  it('are read alike beside values that are too large to be read together', async () => {
    await using client = await open({})
    const large = Buffer.from(JSON.stringify({ id: 'x', name: 's0', metadata: { a: 'b'.repeat(20_000) } }))
    const odd = ['/microservices/s0/00000', '/microservices/s0/00001x', '/microservices/s1/x']
    const records = Array.from({ length: 3 }, (_, at) => record(at, ''))
    await restore(client, [
      ...records.slice(1),
      ...odd.map((key) => ({ key: Buffer.from(key), value: large, leased: true })),
    ])
    await expectAlike(client)
    await clear(client)
  })
}

/** A record of one of a few services, with so much white space where Kratos writes none. */
function record(at: number, space: string): Put {
  const of = `s${Math.floor(at / 400)}`
  const serial = String(at).padStart(5, '0')
  const text = `{"id":"${serial}","name":"${of}",${space}"version":"v${at % 3}","metadata":{"env":"e${at % 2}","weight":"${at}"},"endpoints":["grpc://h:${at}"]}`
  return { key: Buffer.from(`/microservices/${of}/${serial}`), value: Buffer.from(text), leased: true }
}

async function clear(client: Client): Promise<void> {
  for await (const batch of client.entries().batches()) {
    const records = batch.flatMap((entry) => (entry.is === 'instance' ? entry.records : [entry.record]))
    for await (const { result } of client.remove(records)) expect(result).toBe('done')
  }
}

describe('canonical records of a file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-canonical-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  suite((settings) => embedded(settings, `file:${folder}/registry.db`), 60)
})

await describeWith('etcd', 'canonical records of etcd', () => {
  let etcd: EtcdServer
  beforeAll(async () => {
    etcd = await EtcdServer.start()
  })
  afterAll(() => etcd[Symbol.asyncDispose]())

  suite((settings) => embedded(settings, `etcd://${etcd.endpoint}`), 8)
})
