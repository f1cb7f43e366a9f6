import { expect, it } from 'vitest'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import { collect, results, type Ground } from '../ground.ts'

export function removing(ground: () => Ground, can: Capabilities): void {
  it('answers for each record: removed, gone already, or changed and left alone', async () => {
    const [backend, other] = [await ground().open(), await ground().open()]
    for (const [at, id] of ['stays', 'gone', 'changed', 'removed'].entries())
      await ground().register(backend, ground().instance(id, { port: 9000 + 2 * at }))
    const seen = await ground().records(backend)
    const of = (id: string) =>
      seen.filter((record) => {
        const reading = backend.read(record, ground().now())
        return reading.is === 'instance' && reading.instance.id === id
      })
    await collect(other.remove(of('gone')))
    await ground().register(other, ground().instance('changed', { port: 9100 }), { replace: true })
    const plan = ['gone', 'changed', 'removed'].flatMap(of)
    const outcomes = results(await collect(backend.remove([...plan, ...plan])))
    const wanted = (id: string, result: string) => of(id).map((record) => [record.id, result])
    const moved = wanted('changed', ground().registry.byAddress ? 'absent' : 'changed')
    expect(outcomes).toEqual(Object.fromEntries([...wanted('gone', 'absent'), ...moved, ...wanted('removed', 'done')]))
    expect((await ground().names(backend)).toSorted()).toEqual(['sre/changed', 'sre/stays'])
  })

  it('removes many, whatever they are', async () => {
    const backend = await ground().open()
    const { typed } = ground().registry
    const bad = Array.from({ length: typed ? 0 : 150 }, (_, at) => ground().registry.malformed('sre', `bad-${at}`))
    if (can.restore) await collect(backend.restore?.(bad))
    for (let at = 0; at < 5; at += 1)
      await ground().register(backend, ground().instance(`i-${at}`, { port: 9000 + 2 * at }))
    const outcomes = await collect(backend.remove(await ground().records(backend)))
    expect(outcomes.length).toBeGreaterThanOrEqual(can.restore && !typed ? 155 : 5)
    expect(new Set(outcomes.map((outcome) => outcome.result))).toEqual(new Set(['done']))
    expect(await ground().records(backend)).toEqual([])
  })

  it('does not remove what was never read', async () => {
    const backend = await ground().open()
    const { records } = await ground().register(backend, ground().instance('i-1'))
    const unseen = records.map(({ revision: _, ...record }) => record)
    const outcomes = await collect(backend.remove(unseen))
    expect(outcomes).toEqual(
      records.map(({ id }) => ({ id, result: 'failed', error: expect.objectContaining({ code: 'usage' }) })),
    )
    expect(await ground().names(backend)).toEqual(['sre/i-1'])
  })

  it('removes nothing for a caller who has given up', async () => {
    const backend = await ground().open()
    const { records } = await ground().register(backend, ground().instance('i-1'))
    const reason = new Error('given up')
    await expect(collect(backend.remove(records, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
    expect(await ground().names(backend)).toEqual(['sre/i-1'])
  })
}
