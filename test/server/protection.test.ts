import { describe, expect, it } from 'vitest'
import { parseHours } from '../../src/model/hours.ts'
import type { ServedContext } from '../../src/server/server.ts'
import { Ground } from './ground.ts'

const NOON = Date.parse('2026-11-30T12:00:00Z')
const OPEN: ServedContext = { name: 'prod', confirm: false, protected: [], protectedHours: [] }

const removeAll = (ground: Ground, service: string) => ground.ask('DELETE', `/registry/admin/services/${service}`)
const idsOf = async (ground: Ground, service: string) =>
  (await ground.client.find({ service })).map(({ instance }) => instance.id)

describe('the removal of a whole service', () => {
  it('is refused as a whole where the context of the server protects one of its instances', async () => {
    const context = { ...OPEN, protected: [{ service: ['ledger'], selector: ['tier=core'] }] }
    await using ground = await Ground.open('memory:', { context })
    const core = await ground.register('ledger', 1, { metadata: { tier: 'core' } })
    const other = await ground.register('ledger', 2)
    expect(await removeAll(ground, 'ledger')).toMatchObject({
      status: 403,
      msg: expect.stringContaining(`context prod protects what would be removed or taken offline:\nledger/${core}`),
    })
    expect(await idsOf(ground, 'ledger')).toEqual([core, other].toSorted())
    await ground.register('mailer', 3)
    expect(await removeAll(ground, 'mailer')).toMatchObject({ status: 200, code: 20_000 })
    expect(await idsOf(ground, 'mailer')).toEqual([])
  })

  it('is refused in protected hours, and goes on for none of the rest when they begin', async () => {
    const hours = parseHours('12:00-13:00 UTC')
    const context = { ...OPEN, protectedHours: hours ? [hours] : [] }
    let looks = 0
    /** From the given look on it is noon. */
    const until = { look: 0 }
    const now = () => (++looks > until.look ? NOON : NOON - 3_600_000)
    await using ground = await Ground.open('memory:', { context, now, monitor: false })
    const id = await ground.register('mailer')
    expect(await removeAll(ground, 'mailer')).toMatchObject({
      status: 403,
      msg: expect.stringContaining('context prod lets nothing be removed'),
    })
    expect(await idsOf(ground, 'mailer')).toEqual([id])
    until.look = looks + 1
    expect(await removeAll(ground, 'mailer')).toMatchObject({
      status: 200,
      code: 50_000,
      data: { removed_count: 0, errors: [expect.stringContaining('context prod lets nothing be removed')] },
    })
    expect(await idsOf(ground, 'mailer')).toEqual([id])
  })
})

describe('a process that deregisters itself', () => {
  it('is not concerned by what a context protects', async () => {
    const hours = parseHours('00:00-23:59 UTC')
    const context = { ...OPEN, protected: [{ service: ['ledger'] }], protectedHours: hours ? [hours] : [] }
    await using ground = await Ground.open('memory:', { context, now: () => NOON })
    const id = await ground.register('ledger')
    expect((await ground.ask('PUT', `/registry/services/${id}/offline`)).status).toBe(200)
    expect((await ground.ask('DELETE', `/registry/services/${id}`)).status).toBe(200)
    expect(await idsOf(ground, 'ledger')).toEqual([])
  })
})
