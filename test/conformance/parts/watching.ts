import { expect, it } from 'vitest'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { collect, type Ground } from '../ground.ts'

const put = (records: readonly RawRecord[]) => records.map((record) => `+${record.id}`)
const removed = (records: readonly RawRecord[]) => records.map((record) => `-${record.id}`)

export function watching(ground: () => Ground, can: Capabilities): void {
  it.runIf(can.watch)('tells what another process does, in order, with what lies there', async () => {
    const [backend, other] = [await ground().open(), await ground().open()]
    const log = await ground().watch(backend)
    const one = await ground().register(other, ground().instance('i-1'))
    // Where states are told and no changes, what comes and goes between two of them is seen by nobody.
    await log.tells(put(one.records))
    const two = await ground().register(other, ground().instance('i-2', { port: 9002 }))
    await log.tells([...put(one.records), ...put(two.records)])
    await one[Symbol.asyncDispose]()
    await log.tells([...put(one.records), ...put(two.records), ...removed(one.records)])
    const { told } = log
    const stored = told.flatMap((change) => ('put' in change ? [change.put] : []))
    expect(stored.slice(-two.records.length)).toEqual(await ground().records(backend))
    expect(told.flatMap((change) => ('removed' in change ? [change.removed] : []))).toEqual(
      one.records.map(({ id }) => ({ id, service: 'sre' })),
    )
  })

  it.runIf(can.watch)('tells of the services asked for alone', async () => {
    const backend = await ground().open()
    const log = await ground().watch(backend, { services: ['sre', 'zzz'] })
    for (const service of ['sre-admin', 'srex', 'pay', 'sr'])
      await ground().register(backend, ground().instance(`${service}-1`, { service }))
    const sre = await ground().register(backend, ground().instance('sre-1'))
    const zzz = await ground().register(backend, ground().instance('zzz-1', { service: 'zzz' }))
    // Without revisions the services may be asked for one by one, and each answers when it does.
    await log.tells([...put(sre.records), ...put(zzz.records)], { inAnyOrder: !can.revision })
  })

  it.runIf(can.watch && can.rawKeys)('tells of one stored key alone', async () => {
    const backend = await ground().open()
    const { records } = await ground().register(backend, ground().instance('i-1'))
    const log = await ground().watch(backend, { rawKey: records[0]?.id })
    await ground().register(backend, ground().instance('i-10', { port: 9002 }))
    await collect(backend.remove(records))
    await log.tells(removed(records.slice(0, 1)))
  })

  it.runIf(can.watch && can.revision)(
    'tells each revision once, with all of its changes, and only growing',
    async () => {
      const backend = await ground().open()
      const log = await ground().watch(backend)
      const one = await ground().register(backend, ground().instance('i-1'))
      const two = await ground().register(backend, ground().instance('i-1', { port: 9100 }), { replace: true })
      await log.tells([...put(one.records), ...put(two.records)])
      expect(new Set(log.revisions).size).toBe(2)
      // Where there are several histories, a revision names a place in each.
      const revisions = log.revisions.map((revision) => BigInt(revision?.split('+')[0] ?? -1))
      expect(revisions).toEqual(revisions.toSorted((a, b) => (a < b ? -1 : 1)))
      expect(revisions).toEqual([one, two].map(({ records }) => BigInt(records[0]?.revision ?? -1)))
      const again = ground().follow(backend, {}, log.revisions[0])
      await again.tells(put(two.records))
    },
  )

  it.runIf(can.history)('begins after an earlier revision', async () => {
    const backend = await ground().open()
    const one = await ground().register(backend, ground().instance('i-1'))
    const [page] = await ground().pages(backend)
    const two = await ground().register(backend, ground().instance('i-2', { port: 9002 }))
    await two[Symbol.asyncDispose]()
    const log = ground().follow(backend, {}, page?.revision)
    const three = await ground().register(backend, ground().instance('i-3', { port: 9004 }))
    await log.tells([...put(two.records), ...removed(two.records), ...put(three.records)])
    expect(one.action).toBe('created')
  })

  it.runIf(can.history)('says so when the history from there on is lost', async ({ skip }) => {
    const { registry } = ground()
    skip(!registry.forget, 'this registry cannot be made to forget')
    const backend = await ground().open()
    await ground().register(backend, ground().instance('i-1'))
    const [page] = await ground().pages(backend)
    for (const [at, id] of ['i-2', 'i-3'].entries())
      await ground().register(backend, ground().instance(id, { port: 9002 + 2 * at }))
    await registry.forget?.()
    const log = ground().follow(backend, {}, page?.revision)
    await expect(log.done).rejects.toMatchObject({ code: 'history-lost' })
  })

  it.runIf(can.watch)('ends quietly when it is given up', async () => {
    const log = await ground().watch(await ground().open())
    await log.stop()
    await expect(log.done).resolves.toBeUndefined()
  })
}
