import { expect, it } from 'vitest'
import type { RestoreRecord } from '../../../src/backends/contract/backend.ts'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { bytes, collect, results, type Ground } from '../ground.ts'

export function restoring(ground: () => Ground, can: Capabilities): void {
  it.runIf(can.restore)('puts removed records back byte for byte, malformed ones too', async () => {
    const backend = await ground().open()
    const { registry } = ground()
    if (!registry.typed) await collect(backend.restore?.([registry.malformed('sre', 'bad')]))
    await ground().register(backend, ground().instance('i-1'), can.session ? { ttl: null } : {})
    const before = await ground().records(backend, {}, { detail: true })
    await collect(backend.remove(before))
    expect(await ground().records(backend)).toEqual([])
    const outcomes = await collect(backend.restore?.(backupOf(before)))
    expect(outcomes).toEqual(before.map(({ id }) => ({ id, result: 'done' })))
    const after = await ground().records(backend)
    const stored = (record: RawRecord) => [
      record.id,
      bytes({ ...record, body: registry.stored?.(record) ?? record.body }),
    ]
    expect(after.map(stored)).toEqual(before.map(stored))
    expect(after.map((record) => record.lease !== undefined)).toEqual(
      before.map((record) => record.lease !== undefined),
    )
  })

  it.runIf(can.restore)('leaves what has taken the place, and grants nothing for it', async () => {
    const backend = await ground().open()
    const { records } = await ground().register(backend, ground().instance('i-1'), can.session ? { ttl: null } : {})
    const ttlGranted = can.lease ? 60 : null
    const { typed } = ground().registry
    const backup = records.map((record) => ({ ...record, ...(typed ? {} : { body: Buffer.from('old') }), ttlGranted }))
    const outcomes = results(await collect(backend.restore?.(backup)))
    expect(outcomes).toEqual(Object.fromEntries(records.map(({ id }) => [id, 'changed'])))
    const stored = await ground().records(backend)
    expect(stored.map((record) => record.revision)).toEqual(records.map((record) => record.revision))
  })

  it.runIf(can.restore && can.session)('does not bring back what lived by a session', async () => {
    const backend = await ground().open()
    await ground().register(backend, ground().instance('i-1'))
    const before = await ground().records(backend, {}, { detail: true })
    await collect(backend.remove(before))
    const outcomes = await collect(backend.restore?.(backupOf(before)))
    expect(outcomes.map(({ id, result }) => [id, result])).toEqual(before.map(({ id }) => [id, 'unsupported']))
    expect(await ground().records(backend)).toEqual([])
  })

  it.runIf(can.restore && can.lease)('gives records that shared a lease a new one of the old TTL', async () => {
    const backend = await ground().open()
    const leased = (id: string, lease: string, ttlGranted: number) => ({
      ...ground().registry.malformed('sre', id),
      lease,
      ttlGranted,
    })
    const shared = [leased('a', 'abc', 60), leased('b', 'abc', 60)]
    const single = leased('c', 'def', 120)
    const free = ground().registry.malformed('sre', 'd')
    await collect(backend.restore?.([...shared, single, free]))
    const after = await ground().records(backend, {}, { detail: true })
    const byId = new Map(after.map((record) => [record.id, record]))
    const [a, b] = shared.map(({ id }) => byId.get(id))
    expect(a?.lease).toBe(b?.lease)
    expect(a?.lease).not.toBe('abc')
    expect(a?.leaseState).toMatchObject({ granted: 60, keys: shared.map(({ id }) => id) })
    expect(byId.get(single.id)?.leaseState).toMatchObject({ granted: 120, keys: [single.id] })
    expect(byId.get(free.id)?.lease).toBeUndefined()
  })

  it.runIf(can.restore)('does not take in what another kind of registry stored', async () => {
    const backend = await ground().open()
    const foreign = { ...ground().registry.malformed('sre', 'x'), body: { ID: 'x' } }
    const outcomes = await collect(backend.restore?.([foreign]))
    expect(outcomes).toMatchObject([{ id: foreign.id, result: 'unsupported', error: { code: 'unsupported' } }])
    expect(await ground().records(backend)).toEqual([])
  })
}

function backupOf(records: readonly RawRecord[]): RestoreRecord[] {
  return records.map((record) => Object.assign({ ttlGranted: record.leaseState?.granted ?? null }, record))
}
