import { expect, it } from 'vitest'
import type { InstanceToRegister } from '../../../src/backends/contract/backend.ts'
import type { KeepAlive } from '../../../src/client/client.ts'
import { keepAliveEach } from '../../../src/client/keep-alive-each.ts'
import type { Capabilities } from '../../../src/model/capabilities.ts'
import { silent } from '../../../src/model/logger.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { bytes, collect, type Ground } from '../ground.ts'

const revisionOf = ({ revision }: RawRecord) => revision

export function registering(ground: () => Ground, can: Capabilities): void {
  /** With it, a registration ends unless heartbeats come, whatever the registry's default. */
  const ending = can.ttl ? { ttl: 30 } : {}
  const other = () => ground().instance('i-1', { port: 9100 })
  /** Whether it wants heartbeats, be it of its own session. */
  const beats = can.renew || can.session === true
  /** Whether registering the same again writes it once more, so that the plan of a purge no longer fits. */
  const saves = can.lease || can.session === true

  it('tells what it made', async () => {
    const backend = await ground().open()
    const before = Date.now()
    const registration = await ground().register(backend, ground().instance('i-1'), ending)
    expect(registration.action).toBe('created')
    const stored = await ground().records(backend)
    expect(stored.map(({ id, revision, lease }) => ({ id, revision, lease }))).toEqual(
      registration.records.map(({ id, revision, lease }) => ({ id, revision, lease })),
    )
    expect(registration.lease !== undefined).toBe(can.lease || can.session === true)
    // A server that stands between holds leases of its own.
    if (registration.lease !== undefined || !can.ttl)
      expect(registration.records.every((record) => record.lease === registration.lease)).toBe(true)
    if (beats) expect(registration.expiresAt).toBeGreaterThan(before)
    const { expiresAt, unhealthyAt = expiresAt } = registration
    if (unhealthyAt !== undefined) expect(unhealthyAt).toBeLessThanOrEqual(expiresAt ?? 0)
    else expect(registration.expiresAt).toBeUndefined()
    expect(registration.beatEvery).toBeGreaterThan(0)
  })

  it('renews what is there and equal, and lets whoever saw it before see that', async () => {
    const [backend, second] = [await ground().open(), await ground().open()]
    const first = await ground().register(backend, ground().instance('i-1'), ending)
    const { endpoints, ...rest } = ground().instance('i-1')
    const again = await ground().register(second, { ...rest, endpoints: endpoints?.toReversed() }, ending)
    expect(again.action).toBe(beats ? 'renewed' : 'unchanged')
    expect(again.lease === first.lease).toBe(!can.session)
    if (beats) expect(again.expiresAt).toBeGreaterThanOrEqual(first.expiresAt ?? 0)
    expect(await ground().names(backend)).toEqual(['sre/i-1'])
    if (saves) expect(again.records.map(revisionOf)).not.toEqual(first.records.map(revisionOf))
    else if (!beats) expect(again.records.map(revisionOf)).toEqual(first.records.map(revisionOf))
    if (saves) expect((await ground().records(backend)).map(bytes)).toEqual(first.records.map(bytes))
  })

  it('registers together what is new, as one by one, and leaves what is there as it is', async ({ skip }) => {
    const backend = await ground().open()
    skip(!backend.registerNew, 'this registry registers one by one')
    const { registry } = ground()
    const first = await ground().register(backend, ground().instance('i-1'))
    const wanted = [9000, 9001, 9002, 9002].map((port) => ground().instance(`i-${port - 8999}`, { port }))
    const many = wanted.map((instance) => ({ instance, ...registry.optionsFor?.(instance) }))
    const made = (await backend.registerNew?.(many, { ...registry.options, ...ending })) ?? []
    expect(made).toHaveLength(4)
    expect(made[0]).toBeUndefined()
    const revisions = (await ground().records(backend)).map(revisionOf)
    for (const each of first.records) expect(revisions).toContain(each.revision)
    const leases = new Set<string | undefined>()
    for (const [at, registration] of made.entries()) {
      if (registration instanceof Error) throw registration
      if (!registration) continue
      expect(registration.action).toBe('created')
      expect(revisions).toContain(registration.records[0]?.revision)
      expect(leases.has(registration.lease ?? `none ${at}`)).toBe(false)
      leases.add(registration.lease ?? `none ${at}`)
      if (registration.beat) expect(await registration.beat()).toBe('ok')
    }
    const left = wanted.filter((_, at) => made[at] === undefined)
    for (const instance of left) await ground().register(backend, instance)
    expect((await ground().names(backend)).toSorted()).toEqual(['sre/i-1', 'sre/i-2', 'sre/i-3'])
  })

  it.runIf(can.ttl)('leaves a record without a lease without one', async ({ skip }) => {
    skip(ground().registry.alwaysEnds === true, 'this registry gives every registration a lease')
    const backend = await ground().open()
    const first = await ground().register(backend, ground().instance('i-1'), { ttl: null, keepAlive: false })
    expect([first.action, first.lease, first.expiresAt, first.beatEvery]).toEqual([
      'created',
      undefined,
      undefined,
      undefined,
    ])
    const again = await ground().register(backend, ground().instance('i-1'), { ttl: null, keepAlive: false })
    expect(again.action).toBe('unchanged')
    if (saves) expect(again.records.map(revisionOf)).not.toEqual(first.records.map(revisionOf))
  })

  it.runIf(can.session)('makes what lives by a session only for those who stay', async () => {
    const backend = await ground().open()
    const refusal = ground().register(backend, ground().instance('i-1'), { keepAlive: false })
    await expect(refusal).rejects.toMatchObject({ code: 'usage', hint: expect.stringContaining('`keepAlive`') })
    expect(await ground().records(backend)).toEqual([])
    const stays = { keepAlive: false, settings: { persistent: true } }
    const { records } = await ground().register(backend, ground().instance('i-1'), stays)
    expect((await ground().records(backend)).map(({ id, lease }) => [id, lease])).toEqual(
      records.map(({ id }) => [id, undefined]),
    )
  })

  it('refuses to take the place of another live record, unless told to', async () => {
    const [backend, second] = [await ground().open(), await ground().open()]
    const first = await ground().register(backend, ground().instance('i-1'))
    const refusal = await ground()
      .register(second, other())
      .catch((error: unknown) => error)
    expect(refusal).toMatchObject({ code: 'conflict', hint: expect.stringContaining('`replace`') })
    expect(String(refusal)).toContain('sre/i-1')
    expect((await ground().records(backend)).map((r) => r.revision)).toEqual(first.records.map((r) => r.revision))
    const replaced = await ground().register(second, other(), { replace: true })
    expect(replaced.action).toBe('replaced')
    expect((await ground().find(backend, 'i-1'))?.endpoints.toSorted()).toEqual(other().endpoints?.toSorted())
  })

  it.runIf(can.restore)('does not write over what it cannot read, unless told to', async ({ skip }) => {
    skip(ground().registry.typed === true, 'this registry takes none')
    skip(ground().registry.judgesNothing === true, 'this layout leaves what it cannot read alone')
    const backend = await ground().open()
    const { records } = await ground().register(backend, ground().instance('i-1'), can.ttl ? { ttl: null } : {})
    await collect(backend.remove(records))
    const bad = Buffer.from([0xff, 0xfe])
    const id = records[0]?.id ?? ''
    await collect(backend.restore?.([{ id, service: 'sre', body: bad, ttlGranted: null }]))
    await expect(ground().register(backend, ground().instance('i-1'))).rejects.toMatchObject({ code: 'conflict' })
    const { action } = await ground().register(backend, ground().instance('i-1'), { replace: true })
    expect(action).toBe('replaced')
    expect(await ground().names(backend)).toEqual(['sre/i-1'])
  })

  it('removes what it made when it is disposed of, and its lease', async () => {
    const backend = await ground().open()
    await ground().register(backend, ground().instance('i-2', { port: 9002 }))
    const registration = await ground().register(backend, ground().instance('i-1'))
    await registration[Symbol.asyncDispose]()
    await registration[Symbol.asyncDispose]()
    expect(await ground().names(backend)).toEqual(['sre/i-2'])
    if (can.lease)
      await expect(backend.renewLease?.(registration.lease ?? '')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('leaves what it made when it is released', async () => {
    const backend = await ground().open()
    const registration = await ground().register(backend, ground().instance('i-1'))
    await registration.release()
    await registration[Symbol.asyncDispose]()
    expect(await ground().names(backend)).toEqual(['sre/i-1'])
  })

  it('does not remove what another put in its place', async () => {
    const [backend, second] = [await ground().open(), await ground().open()]
    const first = await ground().register(backend, ground().instance('i-1'))
    await ground().register(second, other(), { replace: true })
    await first[Symbol.asyncDispose]()
    expect((await ground().find(backend, 'i-1'))?.endpoints.toSorted()).toEqual(other().endpoints?.toSorted())
  })

  it('notices at a heartbeat that it is lost', async () => {
    const [backend, second] = [await ground().open(), await ground().open()]
    const registration = await ground().register(backend, ground().instance('i-1'), { keepAlive: true })
    expect(await registration.beat?.()).toBe('ok')
    await collect(second.remove(await ground().records(second)))
    expect(await registration.beat?.()).toBe('lost')
    const again = await ground().register(backend, ground().instance('i-1'), { keepAlive: true })
    expect([again.action, await again.beat?.()]).toEqual(['created', 'ok'])
    await ground().register(second, other(), { replace: true })
    expect(await again.beat?.()).toBe('lost')
  })

  it.runIf(can.keepAlive)('keeps many alive, and none of them where one id is taken', async () => {
    const [backend, second] = [await ground().open(), await ground().open()]
    const { registry } = ground()
    const wanted = [1, 2, 3].map((at) => ground().instance(`i-${at}`, { port: 9000 + 10 * at }))
    const many: InstanceToRegister[] = []
    for (const instance of wanted) {
      await registry.prepare?.(instance)
      many.push({ instance, ...registry.optionsFor?.(instance) })
    }
    const source = { backend, capabilities: can, logger: silent, now: ground().now, registry: 'one' }
    const keeping = async (kept: KeepAlive[]) => {
      for await (const some of keepAliveEach(source, many, { ...registry.options, keepAlive: true })) kept.push(...some)
    }
    const all: KeepAlive[] = []
    await keeping(all)
    expect((await ground().names(backend)).toSorted()).toEqual(['sre/i-1', 'sre/i-2', 'sre/i-3'])
    for (const { registration } of all) if (registration.beat) expect(await registration.beat()).toBe('ok')
    for (const kept of all) await kept[Symbol.asyncDispose]()
    expect(await ground().names(backend)).toEqual([])

    const there = await ground().register(second, ground().instance('i-2', { port: 9100 }), { keepAlive: true })
    const some: KeepAlive[] = []
    await expect(keeping(some)).rejects.toMatchObject({ code: 'conflict' })
    expect(some).toHaveLength(1)
    for (const kept of some) await kept[Symbol.asyncDispose]()
    expect(await ground().names(backend)).toEqual(['sre/i-2'])
    await there[Symbol.asyncDispose]()
  })

  it('refuses a TTL that it cannot give', async () => {
    const backend = await ground().open()
    for (const ttl of can.ttl ? [0, -1, 0.5, Number.NaN, Infinity] : [60])
      await expect(ground().register(backend, ground().instance('i-1'), { ttl })).rejects.toMatchObject({
        code: 'usage',
      })
    expect(await ground().records(backend)).toEqual([])
  })

  it.runIf(can.lease)('keeps alive under a lease of its own, and shows no change', async () => {
    const [backend, second] = [await ground().open(), await ground().open()]
    const first = await ground().register(backend, ground().instance('i-1'), { ttl: 60 })
    const before = await ground().records(backend)
    const kept = await ground().register(second, ground().instance('i-1'), { ttl: 30, keepAlive: true })
    expect(kept.action).toBe('renewed')
    expect(kept.lease).not.toBe(first.lease)
    expect(kept.beatEvery).toBe(10_000)
    const after = await ground().records(backend)
    expect(after.map((record) => [record.id, record.body])).toEqual(before.map((record) => [record.id, record.body]))
    expect(after.every((record) => record.lease === kept.lease)).toBe(true)
    expect(await first.beat?.()).toBe('lost')
    expect(await backend.renewLease?.(first.lease ?? '')).toMatchObject({ granted: 60, keys: [] })
  })
}
