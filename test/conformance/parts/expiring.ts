import { expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import type { Ground } from '../ground.ts'
import { PATIENT } from '../../patience.ts'

const WAIT = { timeout: 20_000, interval: 50 }
const TTL = PATIENT.aioTtl

export function expiring(ground: () => Ground, can: Capabilities): void {
  it.runIf(can.ttl && can.lease)('ends a registration that nobody keeps alive, and keeps the other', async () => {
    const backend = await ground().open()
    const dying = await ground().register(backend, ground().instance('dying'), { ttl: 4 })
    const kept = await ground().register(backend, ground().instance('kept', { port: 9002 }), {
      ttl: 4,
      keepAlive: true,
    })
    expect(kept.beatEvery).toBeCloseTo(4000 / 3)
    const log = await ground().watch(backend)
    await eventually(async () => {
      expect(await kept.beat?.()).toBe('ok')
      expect(await ground().names(backend)).toEqual(['sre/kept'])
    }, WAIT)
    expect(Date.now()).toBeGreaterThan((dying.expiresAt ?? 0) - 1000)
    expect(kept.expiresAt).toBeGreaterThan(dying.expiresAt ?? 0)
    expect(await dying.beat?.()).toBe('lost')
    await dying[Symbol.asyncDispose]()
    await log.tells(dying.records.map((record) => `-${record.id}`))
  })

  it.runIf(can.ttl && !can.lease && !can.session)(
    'calls a registration unhealthy that nobody keeps alive, and not the other',
    async () => {
      const backend = await ground().open()
      await ground().register(backend, ground().instance('dying'), { ttl: 2 })
      const kept = await ground().register(backend, ground().instance('kept', { port: 9002 }), {
        keepAlive: true,
        ttl: 2,
      })
      expect(kept.beatEvery).toBeLessThanOrEqual(1000)
      const { expiresAt = 0 } = kept
      await eventually(async () => {
        expect(await kept.beat?.()).toBe('ok')
        const readings = await ground().readings(backend)
        const statuses = readings.map((each) => each.is === 'instance' && `${each.instance.id} ${each.observed.status}`)
        expect(statuses).toContain('kept up')
        // Some remove it at once.
        expect(['dying unhealthy', 'dying expired', undefined]).toContain(
          statuses.find((status) => status && status.startsWith('dying')),
        )
      }, WAIT)
      expect(kept.expiresAt).toBeGreaterThan(expiresAt)
    },
  )

  it.runIf(!can.ttl && can.renew)(
    'calls a registration expired that nobody keeps alive, and lets another take its place',
    async () => {
      const start = Date.UTC(2026, 10, 21)
      ground().time = start
      const backend = await ground().open()
      const registration = await ground().register(backend, ground().instance('i-1'))
      expect(registration.expiresAt).toBe(start + TTL)
      ground().time = start + 2 * TTL
      expect(await ground().readings(backend)).toMatchObject([{ observed: { status: 'expired' } }])
      expect(await registration.beat?.()).toBe('ok')
      expect(registration.expiresAt).toBe(start + 3 * TTL)
      expect(await ground().readings(backend)).toMatchObject([{ observed: { status: 'up' } }])
      ground().time = start + 6 * TTL
      const other = ground().instance('i-1', { port: 9100 })
      expect(await ground().register(backend, other)).toMatchObject({ action: 'replaced' })
      expect(await registration.beat?.()).toBe('lost')
      expect(await ground().find(backend, 'i-1')).toMatchObject({ endpoints: other.endpoints })
    },
  )
}
