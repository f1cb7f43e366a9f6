import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareServices } from '../../../src/backends/contract/service-order.ts'
import { CanonicalRun, type Found } from '../../../src/backends/kv/canonical.ts'
import { gathered, merged } from '../../../src/backends/kv/order.ts'
import { Prefix, serviceOf, type LocatedRecord } from '../../../src/backends/kv/prefix.ts'

/** Names around the slash in byte order, so that short keys and folders lie among each other. */
const rest = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', '0', '/', 'é'), minLength: 1, maxLength: 6 })
const rests = fc.uniqueArray(rest, { maxLength: 40 })
const pageSize = fc.integer({ min: 1, max: 7 })

it('brings short keys to the records of their service', async () => {
  await fc.assert(
    fc.asyncProperty(rests, pageSize, async (names, size) => {
      const records = await all(gathered(pages(new Prefix('/p'), names, size)))
      expect(records.map(keyOf)).toEqual(inServiceOrder(records).map(keyOf))
      expect(records.map(keyOf).toSorted()).toEqual(names.map((name) => `/p/${name}`).toSorted())
    }),
  )
})

it('merges prefixes by service, the records of one service together', async () => {
  await fc.assert(
    fc.asyncProperty(rests, rests, pageSize, async (left, right, size) => {
      const streams = [
        gathered(pages(new Prefix('/a'), left, size)),
        gathered(pages(new Prefix('/m'), right, size + 1)),
      ]
      const records = await all(merged(streams))
      expect(records.map(keyOf)).toEqual(inServiceOrder(records).map(keyOf))
      expect(records).toHaveLength(left.length + right.length)
      const services = records.map(({ name }) => serviceOf(name))
      const runs = services.filter((service, at) => service !== services[at - 1])
      expect(runs).toEqual([...new Set(services)])
    }),
  )
})

it('closes the streams that it merges when it is left early', async () => {
  const closed: string[] = []
  async function* endless(prefix: Prefix) {
    try {
      for (let at = 0; ; at += 1) yield await Promise.resolve([found(prefix, `s${at}/i`)])
    } finally {
      closed.push(prefix.text)
    }
  }
  for await (const page of merged([endless(new Prefix('/a')), endless(new Prefix('/m'))])) if (page.length > 0) break
  expect(closed).toEqual(['/a', '/m'])
})

async function* pages(prefix: Prefix, names: readonly string[], size: number): AsyncGenerator<LocatedRecord[]> {
  const sorted = names.map((name) => found(prefix, name)).sort((a, b) => Buffer.compare(a.record.key, b.record.key))
  for (let at = 0; at < sorted.length; at += size) yield await Promise.resolve(sorted.slice(at, at + size))
}

function found(prefix: Prefix, name: string): LocatedRecord {
  return prefix.locate({ key: Buffer.from(`${prefix.text}/${name}`), value: Buffer.from(''), revision: '1' })
}

function inServiceOrder(records: readonly LocatedRecord[]): LocatedRecord[] {
  return records.toSorted((a, b) => compareServices(a.name, b.name) || Buffer.compare(a.record.key, b.record.key))
}

async function all(stream: AsyncIterable<Found>): Promise<LocatedRecord[]> {
  const records: LocatedRecord[] = []
  for await (const page of stream) records.push(...(page instanceof CanonicalRun ? [] : page))
  return records
}

function keyOf({ record }: LocatedRecord): string {
  return Buffer.from(record.key).toString()
}
