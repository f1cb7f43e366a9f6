import { expect, it } from 'vitest'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import { bytes, collect, type Ground } from '../ground.ts'

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
    const bad = ground().registry.judgesNothing ? 'foreign' : 'malformed'
    const readings = await ground().readings(backend, { services: ['sre'] })
    expect(readings.map((reading) => reading.is)).toContain('instance')
    expect(readings.filter((reading) => reading.is === bad)).toHaveLength(1)
    expect(await ground().names(backend)).toEqual(expect.arrayContaining(['sre/i-1', bad]))
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

/** The words with those dropped that repeat the one before. */
function runs(words: readonly string[]): string[] {
  return words.filter((word, at) => word !== words[at - 1])
}

function byBytesWithSlash(a: string, b: string): number {
  return Buffer.compare(Buffer.from(`${a}/`), Buffer.from(`${b}/`))
}
