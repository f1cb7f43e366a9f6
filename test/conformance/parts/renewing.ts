import { expect, it } from 'vitest'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import { collect, results, type Ground } from '../ground.ts'

export function renewing(ground: () => Ground, can: Capabilities): void {
  it.runIf(can.renew && !can.session)('answers for each record: renewed, or gone', async () => {
    const backend = await ground().open()
    const ending = can.ttl ? { ttl: 30 } : {}
    const kept = await ground().register(backend, ground().instance('kept'), ending)
    const gone = await ground().register(backend, ground().instance('gone', { port: 9002 }), ending)
    await gone[Symbol.asyncDispose]()
    const outcomes = await backend.renew?.([...kept.records, ...gone.records])
    const [here, away] = [kept, gone].map(({ records }) => records.map((record) => record.id))
    expect(results(outcomes ?? [])).toEqual({
      ...Object.fromEntries((here ?? []).map((id) => [id, 'done'])),
      ...Object.fromEntries(
        (away ?? []).map((id) => [id, can.ttl ? 'absent' : expect.stringMatching(/^(absent|changed)$/)]),
      ),
    })
    expect(await ground().names(backend)).toEqual(['sre/kept'])
  })

  it.runIf(can.session)('leaves a session to the process that began it', async () => {
    const [backend, other] = [await ground().open(), await ground().open()]
    const { records } = await ground().register(backend, ground().instance('i-1'))
    expect(await other.renew?.(records)).toEqual(
      records.map(({ id }) => ({ id, result: 'unsupported', error: expect.objectContaining({ code: 'unsupported' }) })),
    )
  })

  it.runIf(can.ttl)('has nothing to renew where nothing ends', async ({ skip }) => {
    skip(ground().registry.alwaysEnds === true, 'this registry gives every registration a lease')
    const backend = await ground().open()
    const { records } = await ground().register(backend, ground().instance('i-1'), { ttl: null })
    expect(await backend.renew?.(records)).toEqual(
      records.map(({ id }) => ({ id, result: 'unsupported', error: expect.objectContaining({ code: 'unsupported' }) })),
    )
  })

  it.runIf(!can.ttl && can.renew)('writes the time of renewal, and nothing over a change it has not seen', async () => {
    const start = Date.UTC(2026, 10, 21)
    ground().time = start
    const backend = await ground().open()
    const { records } = await ground().register(backend, ground().instance('i-1'))
    const before = await ground().readings(backend)
    ground().time = start + 20_000
    expect(results((await backend.renew?.(records)) ?? [])).toEqual({ [records[0]?.id ?? '']: 'done' })
    expect(await ground().readings(backend)).toMatchObject([
      { instance: before[0]?.is === 'instance' && before[0].instance, observed: { renewedAt: ground().time } },
    ])
    expect(results((await backend.renew?.(records)) ?? [])).toEqual({ [records[0]?.id ?? '']: 'changed' })
  })

  it.runIf(can.lease)('renews a lease by its id, and names all that hangs on it', async () => {
    const backend = await ground().open()
    const { lease = '', records } = await ground().register(backend, ground().instance('i-1'), { ttl: 60 })
    const state = await backend.renewLease?.(lease)
    expect(state).toMatchObject({ lease, granted: 60 })
    expect(state?.remaining).toBeGreaterThan(55)
    expect(state?.keys.toSorted()).toEqual(records.map((record) => record.id).toSorted())
    expect(await backend.renewLease?.(lease.toUpperCase())).toMatchObject({ lease })
    await expect(backend.renewLease?.('123456789abcdef')).rejects.toMatchObject({ code: 'not-found' })
    await expect(backend.renewLease?.('no lease')).rejects.toMatchObject({ code: 'usage' })
    await collect(backend.remove(records))
  })
}
