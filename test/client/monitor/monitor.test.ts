import { describe, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { Client } from '../../../src/client/client.ts'
import type { MonitorEvent } from '../../../src/client/monitor/event.ts'
import { embedded } from '../clients.ts'
import { entryOf, registerAio, renewing, statusOf } from './instances.ts'
import { onEveryStore } from './registries.ts'

const HOUR = 3_600_000
const SOON = { timeout: 20_000, interval: 50 }
/** Milliseconds: longer than a machine with others on it is late. */
const PACE = { ttl: 2_000, every: 300 }

function watched(client: Client, pace = PACE) {
  const events: MonitorEvent[] = []
  const monitor = client.monitor({ ...pace, onEvent: (event) => void events.push(event) })
  const marked = (): string[] => events.flatMap((event) => (event.type === 'down' ? event.entry.instance.id : []))
  return { monitor, events, marked, types: () => new Set(events.map(({ type }) => type)) }
}

await onEveryStore('the monitor', (registry) => {
  it('marks as down what is not renewed, with the time, and nothing else', async () => {
    const client = await registry().open({ aioTtl: PACE.ttl })
    const dead = await registerAio(client, 'dead')
    const resting = await registerAio(client, 'resting')
    await registerAio(client, 'alive')
    await client.setStatus(resting.records, 'maintenance')
    await client.register(
      { name: 'pay', id: 'leased', endpoints: ['grpc://10.0.0.1:1'] },
      { layout: 'kratos', ttl: null },
    )
    await using renewals = renewing(client, ['alive'], 300)
    const { monitor, marked, events } = watched(await registry().open())
    await eventually(() => expect(marked()).toEqual(['dead']), SOON)
    const { observed } = await entryOf(client, 'dead')
    expect(observed).toMatchObject({ status: 'down', renewedAt: dead.observed.renewedAt })
    expect(observed.offlineAt).toBeGreaterThan((dead.observed.renewedAt ?? 0) + PACE.ttl)
    expect(events).toContainEqual({ type: 'down', entry: expect.anything(), unrenewedFor: expect.any(Number) })
    expect(await statusOf(client, 'alive')).toBe('up')
    expect(await statusOf(client, 'resting')).toBe('maintenance')
    expect(await statusOf(client, 'leased')).toBe('up')
    await renewals[Symbol.asyncDispose]()
    await monitor[Symbol.asyncDispose]()
    await expect(monitor.done).resolves.toBeUndefined()
  }, 40_000)

  it('is one of many, and the next is at hand when it dies', async () => {
    const client = await registry().open()
    await registerAio(client, 'first')
    await registerAio(client, 'second')
    await using renewals = renewing(client, ['second'], 300)
    const first = watched(await registry().open())
    await eventually(() => expect(first.monitor.leads).toBe(true), SOON)
    const second = watched(await registry().open())
    await eventually(() => expect(second.types()).toContain('standby'), SOON)
    await eventually(() => expect(first.marked()).toEqual(['first']), SOON)
    expect(second.monitor.leads).toBe(false)
    expect(second.marked()).toEqual([])
    await first.monitor[Symbol.asyncDispose]()
    await eventually(() => expect(second.monitor.leads).toBe(true), SOON)
    await renewals[Symbol.asyncDispose]()
    await eventually(() => expect(second.marked()).toEqual(['second']), SOON)
    await second.monitor[Symbol.asyncDispose]()
  }, 60_000)

  it('judges by its own clock, and tells whose clocks are wrong', async () => {
    const ahead = await registry().open({}, { now: () => Date.now() + HOUR })
    const behind = await registry().open({}, { now: () => Date.now() - HOUR })
    await registerAio(ahead, 'ahead')
    await registerAio(behind, 'behind')
    await using renewals = renewing(behind, ['behind'], 300)
    const { monitor, marked, events } = watched(await registry().open())
    const skews = () =>
      events.flatMap((event) => (event.type === 'skew' ? [[event.entry.instance.id, event.ahead] as const] : []))
    await eventually(() => expect(skews()).toHaveLength(2), SOON)
    expect(Object.fromEntries(skews())).toEqual({ ahead: expect.any(Number), behind: expect.any(Number) })
    for (const [id, off] of skews()) {
      expect(Math.sign(off)).toBe(id === 'ahead' ? 1 : -1)
      expect(HOUR - Math.abs(off)).toBeLessThan(10_000)
    }
    await eventually(() => expect(monitor.skew).toBeGreaterThan(HOUR - 10_000), SOON)
    await eventually(() => expect(marked()).toEqual(['ahead']), SOON)
    await renewals[Symbol.asyncDispose]()
    await eventually(() => expect(marked()).toEqual(['ahead', 'behind']), SOON)
    await monitor[Symbol.asyncDispose]()
  }, 60_000)
})

describe('a monitor', () => {
  it('is refused where nothing can be marked, and where it would look too rarely', async () => {
    await using client = await embedded({ layout: 'kratos' })
    expect(() => client.monitor()).toThrow(expect.objectContaining({ code: 'unsupported' }))
    await using other = await embedded()
    expect(() => other.monitor({ ttl: 1_000, every: 1_001 })).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  it('waits for a registry that is not there, and makes none', async () => {
    await using client = await embedded({}, `file:/nowhere/at/all-${process.pid}.db`)
    const { monitor, types } = watched(client)
    await eventually(() => expect(types()).toEqual(new Set(['failed'])), SOON)
    await monitor[Symbol.asyncDispose]()
    await expect(monitor.done).resolves.toBeUndefined()
  })
})
