import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Client, EntryScan } from '../../../src/client/client.ts'
import { CanonicalEntries } from '../../../src/client/canonical-entries.ts'
import type { Stream } from '../../../src/client/diff/cursor.ts'
import { differencesOf } from '../../../src/client/diff/differences.ts'
import { matched } from '../../../src/client/diff/matching.ts'
import type { SidePart } from '../../../src/client/diff/cursor.ts'
import { encodeGoJson } from '../../../src/layouts/go-json-encode.ts'
import { escapeKey } from '../../../src/model/key.ts'
import { isSameInstance } from '../../../src/reports/comparison.ts'
import { embedded } from '../../client/clients.ts'

interface Put {
  readonly key: string
  readonly value: string
  /** Without one it is not canonical. */
  readonly leased: boolean
}

function common<T>(usual: T, ...rare: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...rare) })
}

/** So few of each that two registries have much in common. */
const puts: fc.Arbitrary<Put[]> = fc.uniqueArray(
  fc
    .record({
      prefix: common('/microservices', '/aio/registry'),
      name: fc.constantFrom('a', 'a-b', 'b'),
      id: fc.constantFrom('1', '10', '2', 'x'),
      version: common('v1', 'v2'),
      metadata: common<Record<string, string> | null>({}, { env: 'prod' }, { weight: '5' }, { b: '1', a: '2' }, null),
      endpoints: common(['grpc://h:1'], ['grpc://h:1', 'http://h:2'], ['http://h:2', 'grpc://h:1']),
      space: common('', ' '),
      leased: common(true, false),
    })
    .map(({ prefix, name, id, version, metadata, endpoints, space, leased }) => ({
      key: `${prefix}/${name}/${id}`,
      value: encodeGoJson({ id, name, version, metadata, endpoints }) + space,
      leased,
    })),
  { maxLength: 16, selector: ({ key }) => key },
)

function put(name: string, id: string): Put {
  const value = encodeGoJson({ id, name, version: 'v1', metadata: {}, endpoints: ['grpc://h:1'] })
  return { key: `/microservices/${name}/${id}`, value, leased: true }
}

let folder: string
let files = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-same-bytes-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A registry in a file: only those are read as bytes. */
async function filled(records: readonly Put[]): Promise<Client> {
  const client = await embedded({}, `file:${folder}/${++files}.db`)
  // There is no registry without a record.
  const written = [...records, put('z', 'z')].map(({ key, value, leased }) => {
    const record = { id: escapeKey(Buffer.from(key)), service: '', body: Buffer.from(value) }
    return leased
      ? Object.assign(record, { ttlGranted: 600, lease: '7587' })
      : Object.assign(record, { ttlGranted: null })
  })
  for await (const outcome of client.restore(written)) expect(outcome).toMatchObject({ result: 'done' })
  return client
}

/** Instances that were read as bytes. */
let inBytes = 0

/** A registry as a side: with canonical records as bytes, or with every record decoded. */
function side(client: Client, asBytes: boolean): Stream {
  async function* parts(scan: EntryScan): AsyncGenerator<SidePart, void, undefined> {
    for await (const part of asBytes ? scan.parts() : scan.batches()) {
      if (part instanceof CanonicalEntries) inBytes += part.length
      yield part instanceof CanonicalEntries ? part : part.filter((entry) => entry.is === 'instance')
    }
  }
  return { name: 'a', batches: parts(client.entries()) }
}

async function compared(before: Client, after: Client, asBytes: boolean) {
  const found = []
  for (const depth of [undefined, 'instances', 'services'] as const) {
    const steps = matched(side(before, asBytes), side(after, asBytes), isSameInstance)
    found.push(await differencesOf(steps, depth))
  }
  return found
}

async function expectAlike(before: Client, after: Client): Promise<void> {
  expect(await compared(before, after, true)).toEqual(await compared(before, after, false))
}

it('finds in bytes what it finds in decoded instances', async () => {
  inBytes = 0
  await fc.assert(
    fc.asyncProperty(puts, puts, async (a, b) => {
      await using before = await filled(a)
      await using after = await filled(b)
      await expectAlike(before, after)
    }),
    { numRuns: 60 },
  )
  expect(inBytes).toBeGreaterThan(500)
})

it('does so over many pages that end in different places on the two sides', async () => {
  const all = Array.from({ length: 4_000 }, (_, at) =>
    put(`s-${Math.floor(at / 1_500)}`, `i-${String(at).padStart(6, '0')}`),
  )
  const some = all.flatMap((each, at) => {
    if (at % 701 === 0) return []
    if (at % 1_103 === 0) return [{ ...each, leased: false }]
    return at % 907 === 0 ? [{ ...each, value: each.value.replace('"v1"', '"v2"') }] : [each]
  })
  await using one = await filled(all)
  await using other = await filled(some)
  inBytes = 0
  await expectAlike(one, other)
  await expectAlike(other, one)
  await expectAlike(one, one)
  expect(inBytes).toBeGreaterThan(40_000)
})
