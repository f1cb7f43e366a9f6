import { expect, it } from 'vitest'
import type { Backend } from '../../../src/backends/contract/backend.ts'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { bytes, collect, type Ground } from '../ground.ts'

/** Keys and values are put back in batches; what is registered comes one by one. */
const MANY = { restored: 1_500, registered: 300 }

export function scanning(ground: () => Ground, can: Capabilities): void {
  it('yields a page, with the revision, of a registry with nothing in it', async () => {
    const backend = await ground().open()
    for (const scope of [{}, { services: ['sre'] }, { services: ['a', 'b'] }]) {
      const pages = await ground().pages(backend, scope)
      expect(pages.map((page) => page.records)).toEqual([[]])
      expect(pages.every((page) => (page.revision !== undefined) === can.revision)).toBe(true)
    }
  })

  it('reads back what was registered, the records of one service together', async () => {
    const backend = await ground().open()
    const services = ['sre.x', 'sre', 'sre-admin', 'srex', 'a', ground().registry.strangeName ?? '用户服务']
    const wanted = services.flatMap((service, at) =>
      // Some registries know instances by their ids alone.
      ['i-2', 'i-1'].map((id, port) => ground().instance(`${id}.${at}`, { service, port: 9000 + 4 * at + 2 * port })),
    )
    for (const instance of wanted) await ground().register(backend, instance)
    const records = await ground().records(backend)
    expect(runs(records.map((record) => record.service))).toEqual(services.toSorted(byBytesWithSlash))
    for (const instance of wanted) {
      const found = await ground().find(backend, instance.id, instance.name)
      expect(found?.endpoints.toSorted()).toEqual(instance.endpoints?.toSorted())
      expect({ ...found, endpoints: [] }).toEqual({ version: '', metadata: {}, ...instance, endpoints: [] })
    }
  })

  it('takes service names exactly', async () => {
    const backend = await ground().open()
    for (const service of ['sre', 'sre-admin', 'srex', 'sr'])
      await ground().register(backend, ground().instance(`${service}-1`, { service }))
    expect(await ground().names(backend, { services: ['sre'] })).toEqual(['sre/sre-1'])
    expect(await ground().names(backend, { services: ['srex', 'sr', 'nobody', 'sr'] })).toEqual([
      'sr/sr-1',
      'srex/srex-1',
    ])
    expect(await ground().names(backend, { services: ['s'] })).toEqual([])
  })

  it('streams many records in pages of one revision, while others write; can be left, and given up by its signal', async () => {
    const [backend, other] = [await ground().open(), await ground().open()]
    const before = await fill(ground(), can)
    for await (const page of backend.scan({})) if (page.records.length > 0) break
    await expect(givenUp(backend)).rejects.toBe(GIVEN_UP)
    const seen: RawRecord[] = []
    const revisions = new Set<string | undefined>()
    let pages = 0
    for await (const page of backend.scan({})) {
      seen.push(...page.records)
      revisions.add(page.revision)
      pages += 1
      await ground().register(other, ground().instance(`new-${pages}`, { service: 'zzz', port: 9000 + 2 * pages }))
    }
    expect(pages).toBeGreaterThan(1)
    expect(seen.filter(({ service }) => service !== 'zzz').map(({ id }) => id)).toEqual(before)
    if (can.revision) {
      expect(revisions.size).toBe(1)
      expect(seen).toHaveLength(before.length)
    }
  })

  it.runIf(can.lease)('reads what is known of leases only when asked', async () => {
    const backend = await ground().open()
    const { lease } = await ground().register(backend, ground().instance('i-1'), { ttl: 60 })
    await ground().register(backend, ground().instance('i-2', { port: 9002 }), { ttl: null })
    const plain = await ground().records(backend)
    expect(plain.every((record) => record.leaseState === undefined)).toBe(true)
    const detailed = await ground().records(backend, {}, { detail: true })
    const leased = detailed.filter((record) => record.lease !== undefined)
    const keys = leased.map((record) => record.id)
    expect(keys.length).toBeGreaterThan(0)
    for (const { lease: own, leaseState } of leased) {
      expect(own).toBe(lease)
      expect(leaseState).toMatchObject({ lease, granted: 60, keys })
      expect(leaseState?.remaining).toBeGreaterThan(50)
    }
    expect(detailed.filter((record) => record.leaseState === undefined).length).toBe(detailed.length - leased.length)
    expect(detailed.length).toBeGreaterThan(leased.length)
  })

  it.runIf(can.restore)('reads malformed records beside the others', async ({ skip }) => {
    skip(ground().registry.typed === true, 'this registry takes none')
    const backend = await ground().open()
    await ground().register(backend, ground().instance('i-1'))
    await collect(
      backend.restore?.([ground().registry.malformed('sre', 'bad'), ground().registry.malformed('zz', 'b')]),
    )
    const readings = await ground().readings(backend, { services: ['sre'] })
    expect(readings.map((reading) => reading.is)).toContain('instance')
    expect(readings.filter((reading) => reading.is === 'malformed')).toHaveLength(1)
    expect(await ground().names(backend)).toEqual(expect.arrayContaining(['sre/i-1', 'malformed']))
  })

  it.runIf(can.rawKeys)('reads one stored key as it is named', async () => {
    const backend = await ground().open()
    const { records } = await ground().register(backend, ground().instance('i-1'))
    await ground().register(backend, ground().instance('i-10', { port: 9002 }))
    const rawKey = records[0]?.id ?? ''
    const found = await ground().records(backend, { rawKey, services: ['other'] })
    expect(found.map((record) => [record.id, bytes(record)])).toEqual(records.slice(0, 1).map((r) => [r.id, bytes(r)]))
    expect(await ground().records(backend, { rawKey: `${rawKey}x` })).toHaveLength(0)
  })

  it.runIf(can.revision && can.history)(
    'reads no later than the revision asked for, or tells a later one',
    async () => {
      const backend = await ground().open()
      await ground().register(backend, ground().instance('i-1'))
      const [before] = await ground().pages(backend)
      await ground().register(backend, ground().instance('i-2', { port: 9002 }))
      const pages = await ground().pages(backend, {}, { revision: before?.revision })
      const asOf = pages.flatMap((page) => page.records.map((record) => record.id))
      if (pages[0]?.revision === before?.revision) expect(asOf).toEqual(before?.records.map((record) => record.id))
      else expect(asOf.length).toBeGreaterThan(before?.records.length ?? 0)
    },
  )
}

const GIVEN_UP = new Error('given up')

/** Scans until the first records come. */
async function givenUp(backend: Backend): Promise<void> {
  const stop = new AbortController()
  for await (const page of backend.scan({}, { signal: stop.signal })) if (page.records.length > 0) stop.abort(GIVEN_UP)
}

/** Puts back so many records as one process would have registered them; their ids. */
async function fill(ground: Ground, can: Capabilities): Promise<string[]> {
  const backend = await ground.open()
  // What has to be prepared is not there by being put back.
  const restores = can.restore && !ground.registry.prepare
  const many = restores && !ground.registry.typed ? MANY.restored : MANY.registered
  const instances = Array.from({ length: many }, (_, at) => {
    const id = String(at).padStart(6, '0')
    return ground.instance(`i-${id}`, { service: `s-${id.slice(0, 4)}`, port: 9000 + 2 * at })
  })
  const records = instances.flatMap((instance) => ground.encode(backend, instance))
  if (restores) await collect(backend.restore?.(records.map((record) => Object.assign({ ttlGranted: null }, record))))
  else for (const instance of instances) await ground.register(backend, instance)
  return (await ground.records(backend)).map((record) => record.id)
}

/** The words with those dropped that repeat the one before. */
function runs(words: readonly string[]): string[] {
  return words.filter((word, at) => word !== words[at - 1])
}

function byBytesWithSlash(a: string, b: string): number {
  return Buffer.compare(Buffer.from(`${a}/`), Buffer.from(`${b}/`))
}
