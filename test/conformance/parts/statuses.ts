import { expect, it } from 'vitest'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import { results, type Ground } from '../ground.ts'

export function statuses(ground: () => Ground, can: Capabilities): void {
  it.runIf(can.offline)('takes an instance out of traffic, and back, and keeps its record', async () => {
    const [backend, other] = [await ground().open(), await ground().open()]
    const { instance, layout } = ground().registry.withStatus('sre', 'i-1', 9000)
    const registration = await ground().register(backend, instance, { layout })
    const all = (result: string) => Object.fromEntries(registration.records.map(({ id }) => [id, result]))
    const seen = async () =>
      new Set((await ground().readings(other)).map((each) => (each.is === 'instance' ? each.observed.status : each.is)))
    expect(results((await backend.setStatus?.(await ground().records(backend), 'down')) ?? [])).toEqual(all('done'))
    expect(['down', 'maintenance']).toContain([...(await seen())].join())
    expect((await ground().find(other, 'i-1'))?.id).toBe('i-1')
    if (can.guarded)
      expect(results((await backend.setStatus?.(registration.records, 'up')) ?? [])).toEqual(all('changed'))
    expect(results((await other.setStatus?.(await ground().records(other), 'up')) ?? [])).toEqual(all('done'))
    expect(await seen()).toEqual(new Set(['up']))
    await registration[Symbol.asyncDispose]()
    expect(await ground().records(backend)).toEqual([])
  })

  it.runIf(!can.offline)('says of each record why its status cannot be set', async () => {
    const backend = await ground().open()
    const { records } = await ground().register(backend, ground().instance('i-1'))
    const outcomes = await backend.setStatus?.(records, 'down')
    if (outcomes)
      expect(outcomes).toEqual(
        records.map(({ id }) => ({
          id,
          result: 'unsupported',
          error: expect.objectContaining({ code: 'unsupported' }),
        })),
      )
    const stored = await ground().records(backend)
    expect(stored.map((record) => record.revision)).toEqual(records.map((record) => record.revision))
  })
}
