import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Ground } from './ground.ts'
import { describeChange } from './watch-log.ts'

const UNKNOWN = '7fffffff00c0ffee'

export function leasing(ground: () => Ground): void {
  const restsOf = async (lease: string) => {
    const state = (await ground().store.lookUp([lease], { keys: true })).get(lease)
    return state?.keys?.map((key) => ground().rest(key)).toSorted()
  }

  it('grants what is asked for, and never less than its least', async () => {
    const { store } = ground()
    expect((await store.grant(120)).ttl).toBe(120)
    expect((await store.grant(store.ttl.least)).ttl).toBeGreaterThanOrEqual(store.ttl.least)
    const leases = await Promise.all([store.grant(60), store.grant(60)])
    expect(leases[0].lease).not.toBe(leases[1].lease)
  })

  it('says what is granted, what is left, and what hangs on it when asked', async () => {
    const { store } = ground()
    const { lease } = await store.grant(120)
    await ground().put('a', 'value', lease)
    await ground().put(ground().strange, 'value', lease)
    const found = await store.lookUp([lease, UNKNOWN])
    expect([...found.keys()]).toEqual([lease])
    const state = found.get(lease)
    expect(state?.granted).toBe(120)
    expect(state?.remaining).toBeGreaterThan(100)
    expect(state?.remaining).toBeLessThanOrEqual(120)
    expect(state?.keys).toBeUndefined()
    expect(await restsOf(lease)).toHaveLength(2)
    expect((await store.lookUp([])).size).toBe(0)
  })

  it('moves a record to the lease of its last put', async () => {
    const { store } = ground()
    const { lease: first } = await store.grant(60)
    const { lease: second } = await store.grant(60)
    await ground().put('moved', 'value', first)
    await ground().put('freed', 'value', first)
    await ground().put('moved', 'value', second)
    await ground().put('freed')
    expect(await restsOf(first)).toEqual([])
    expect(await restsOf(second)).toEqual(['moved'])
    await store.revoke(first)
    expect(Object.keys(await ground().texts())).toEqual(['freed', 'moved'])
  })

  it('refuses a put on a lease that is gone', async () => {
    await expect(ground().put('a', 'value', UNKNOWN)).rejects.toMatchObject({ code: 'not-found' })
    expect(await ground().texts()).toEqual({})
  })

  it('shows what heartbeats keep to who reads all the time', async () => {
    const { store } = ground()
    const { lease, ttl } = await store.grant(store.ttl.least)
    await ground().put('kept', 'value', lease)
    const until = performance.now() + 2_000 * ttl
    for (let beat = 0; performance.now() < until; beat += 1) {
      if (beat % 2 === 0) await store.keepAlive(lease)
      expect(Object.keys(await ground().texts())).toEqual(['kept'])
      await delay(ttl * 50)
    }
  }, 30_000)

  it('begins the time anew at a heartbeat', async () => {
    const { store } = ground()
    const { lease } = await store.grant(30)
    const remaining = async () => (await store.lookUp([lease])).get(lease)?.remaining ?? 0
    while ((await remaining()) > 28) await delay(50)
    expect(await store.keepAlive(lease)).toEqual({ lease, ttl: 30 })
    expect(await remaining()).toBeGreaterThan(28)
  })

  it('knows no heartbeat for a lease that is not there', async () => {
    const { store } = ground()
    expect(await store.keepAlive(UNKNOWN)).toBeUndefined()
    const { lease } = await store.grant(60)
    await store.revoke(lease)
    expect(await store.keepAlive(lease)).toBeUndefined()
  })

  it('ends a lease with all that hangs on it', async () => {
    const { store } = ground()
    const { lease } = await store.grant(60)
    await ground().put('a', 'value', lease)
    await ground().put('b', 'value', lease)
    await ground().put('stays')
    const log = await ground().watch()
    await store.revoke(lease)
    await log.until(() => log.changes().length === 2)
    const base = Buffer.from(ground().base).toString()
    expect(log.changes().map(describeChange).toSorted()).toEqual([`-${base}a`, `-${base}b`])
    expect(Object.keys(await ground().texts())).toEqual(['stays'])
    expect((await store.lookUp([lease])).size).toBe(0)
    await expect(store.revoke(lease)).resolves.toBeUndefined()
  })

  it('removes what is not kept alive, and tells the watchers', async ({ skip }) => {
    const { store } = ground()
    skip(store.sessions === true, 'a session beats by itself')
    const { lease, ttl } = await store.grant(store.ttl.least)
    const granted = Date.now()
    await ground().put('a', 'value', lease)
    await ground().put('b', 'value', lease)
    const log = await ground().watch()
    await log.until(() => log.changes().length === 2)
    expect(Date.now() - granted).toBeGreaterThan(ttl * 1000 - 500)
    expect(log.changes().every((change) => 'removed' in change)).toBe(true)
    expect(await ground().texts()).toEqual({})
    expect(await store.keepAlive(lease)).toBeUndefined()
    expect((await store.lookUp([lease])).size).toBe(0)
  })

  it('keeps what is kept alive', async () => {
    const { store } = ground()
    const { lease, ttl } = await store.grant(store.ttl.least)
    const end = Date.now() + ttl * 2000
    await ground().put('kept', 'value', lease)
    while (Date.now() < end) {
      expect(await store.keepAlive(lease)).toEqual({ lease, ttl })
      await delay(100)
    }
    expect(await ground().texts()).toEqual({ kept: 'value' })
  })
}
