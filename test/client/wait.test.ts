import { afterEach, describe, expect, it, vi } from 'vitest'
import type { WaitCondition } from '../../src/client/wait/condition.ts'
import type { WaitState } from '../../src/client/wait/state.ts'
import { type WaitOptions, wait } from '../../src/client/wait/wait.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { embedded, scripted } from './clients.ts'
import { ScriptedBackend, away, recordOf } from './scripted-backend.ts'

const named = (name: string) => ({ name, test: (service: string) => service === name })

const condition = (wanted: Partial<WaitCondition> = {}): WaitCondition => ({
  scope: { services: ['pay'] },
  services: [named('pay')],
  statuses: ['up'],
  min: 1,
  ...wanted,
})

/** What is told on the way, and how it ends. */
async function told(backend: ScriptedBackend, wanted: WaitCondition, options: Partial<WaitOptions> = {}) {
  const lines: string[] = []
  const ended = wait(scripted(backend), wanted, {
    timeout: 20_000,
    onState: ({ failed }) => lines.push(failed ?? 'holds'),
    onLink: (why) => lines.push(why ?? 'back'),
    ...options,
  })
  return { lines, ended }
}

describe('wait', () => {
  it('answers at once where all holds', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'), recordOf('pay/b', { observed: { status: 'down' } }))
    const { lines, ended } = await told(backend, condition())
    expect(await ended).toMatchObject({ failed: undefined, services: [{ counted: 1, entries: [{}, {}] }] })
    expect(lines).toEqual([])
  })

  it('begins again as long as the registry is away', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'))
    backend.scanFailures.push(away(), away(), new RollcallError('timeout', 'too slow'))
    const { lines, ended } = await told(backend, condition())
    expect(await ended).toMatchObject({ failed: undefined, services: [{ counted: 1 }] })
    expect(lines).toEqual(['nobody answers', 'too slow', 'back'])
  })

  it('gives up at once where the registry says no', async () => {
    const backend = new ScriptedBackend()
    backend.scanFailures.push(away(), new RollcallError('forbidden', 'not for you'))
    const { ended } = await told(backend, condition())
    await expect(ended).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('throws the error of a registry that never answered', async () => {
    const backend = new ScriptedBackend()
    backend.scanFailures.push(...Array.from({ length: 100 }, away))
    const { ended } = await told(backend, condition(), { timeout: 300 })
    await expect(ended).rejects.toMatchObject({ code: 'unreachable', message: 'nobody answers' })
  })

  it('does not believe a picture that is stale, and looks at it again when the registry is back', async () => {
    const backend = new ScriptedBackend()
    const until = Date.now() + 300
    backend.put(recordOf('pay/a', { until }))
    const { lines, ended } = await told(backend, condition({ min: 0, max: 0 }))
    await expect.poll(() => backend.watches.length).toBe(1)
    backend.tell({ is: 'link', state: 'down', message: 'gone' })
    await expect.poll(() => lines.includes('gone')).toBe(true)
    await expect.poll(() => Date.now() > until + 300).toBe(true)
    expect(lines).toEqual(['pay: 1 up, at most 0 wanted', 'gone'])
    backend.tell({ is: 'link', state: 'up' })
    expect(await ended).toMatchObject({ failed: undefined, services: [{ counted: 0 }] })
  })

  it('says that the registry was away when the time was up', async () => {
    const backend = new ScriptedBackend()
    const { ended } = await told(backend, condition(), { timeout: 700 })
    await expect.poll(() => backend.watches.length).toBe(1)
    backend.tell({ is: 'link', state: 'down', message: 'gone' })
    expect(await ended).toMatchObject({ failed: 'pay: gone; last seen: none up' })
  })

  it('ends by the reason of its signal', async () => {
    const stop = new AbortController()
    const { ended } = await told(new ScriptedBackend(), condition(), { signal: stop.signal })
    stop.abort(new RollcallError('interrupted', 'stopped'))
    await expect(ended).rejects.toMatchObject({ code: 'interrupted', message: 'stopped' })
  })

  it.each<[string, Partial<WaitCondition>, string | undefined, string?]>([
    ['at least', { min: 3 }, '2 up (1 down), at least 3 wanted'],
    ['at most', { min: 0, max: 1 }, '2 up, at most 1 wanted'],
    ['between', { min: 1, max: 2 }, undefined],
    ['other statuses', { statuses: ['down', 'expired'], min: 2 }, '1 down or expired (2 up), at least 2 wanted'],
    ['a status that nothing has', { statuses: ['unknown'] }, 'none unknown (2 up, 1 down), at least 1 wanted'],
    ['of any status', { statuses: undefined, min: 0, max: 0 }, '3 instances, at most 0 wanted'],
    ['of other services', { services: [named('mail')] }, 'none up, at least 1 wanted'],
    [
      'of each of several',
      { scope: {}, services: [named('pay'), named('mail')], min: 2 },
      undefined,
      'mail: none up, at least 2 wanted',
    ],
    ['what ends it', { failOn: { malformed: true, statuses: ['down', 'warning'] } }, '2 up; malformed: pay/x; down: c'],
    ['what does not end it', { failOn: { malformed: false, statuses: ['warning'] } }, undefined],
  ])('looks once: %s', async (_, wanted, failed, whole) => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'), recordOf('pay/b'), recordOf('pay/c', { observed: { status: 'down' } }))
    backend.put(recordOf('pay/x', { malformed: true }))
    const { ended } = await told(backend, condition(wanted), { timeout: 0 })
    const state = await ended
    expect(state.services[0]?.failed).toBe(failed)
    if (whole !== undefined) expect(state.failed).toBe(whole)
    expect(backend.watches).toEqual([])
  })

  it('sees each change of a real registry', async () => {
    await using client = await embedded()
    const states: WaitState[] = []
    const ended = wait(client, condition({ min: 3 }), { timeout: 20_000, onState: (state) => states.push(state) })
    for (const id of ['c', 'a', 'b']) {
      const before = states.length
      await expect.poll(() => states.length).toBeGreaterThanOrEqual(Math.max(1, before))
      await client.register({ name: 'pay', id }, { ttl: null })
    }
    expect((await ended).services[0]?.entries.map(({ instance }) => instance.id)).toEqual(['a', 'b', 'c'])
    expect(states[0]?.failed).toBe('pay: none up, at least 3 wanted')
  })
})

describe('wait that ends at once', () => {
  it('names what is malformed before anything is waited for, though the condition holds', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'), recordOf('pay/x', { malformed: true }), recordOf('mail/y', { malformed: true }))
    const failOn = { malformed: true, statuses: [] }
    const { ended, lines } = await told(backend, condition({ scope: {}, failOn }))
    expect(await ended).toMatchObject({
      isHopeless: true,
      failed: 'pay: 1 up; malformed: pay/x',
      services: [{ failedOn: { malformed: ['pay/x'] } }],
    })
    expect(lines).toEqual([])
  })

  it('sees a record become malformed', async () => {
    const backend = new ScriptedBackend()
    const { ended, lines } = await told(backend, condition({ failOn: { malformed: true, statuses: [] } }))
    await expect.poll(() => lines).toEqual(['pay: none up, at least 1 wanted'])
    backend.tell({ is: 'changes', changes: [{ put: recordOf('pay/x', { malformed: true }) }], revision: '2' })
    expect(await ended).toMatchObject({ isHopeless: true, failed: 'pay: none up; malformed: pay/x' })
  })

  it('sees an instance get a status', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'))
    const { ended, lines } = await told(
      backend,
      condition({ min: 2, failOn: { malformed: false, statuses: ['down'] } }),
    )
    await expect.poll(() => lines).toEqual(['pay: 1 up, at least 2 wanted'])
    const down = recordOf('pay/a', { observed: { status: 'down' } })
    backend.tell({ is: 'changes', changes: [{ put: down }], revision: '2' })
    expect(await ended).toMatchObject({ failed: 'pay: none up; down: a', services: [{ failedOn: { down: ['a'] } }] })
  })

  it('names some of very many', async () => {
    const backend = new ScriptedBackend()
    for (let at = 0; at < 40; at++) backend.put(recordOf(`pay/x${at}`, { malformed: true }))
    const { ended } = await told(backend, condition({ failOn: { malformed: true, statuses: [] } }), { timeout: 0 })
    const { failed, services } = await ended
    expect(failed).toBe('pay: none up; malformed: pay/x0, pay/x1, pay/x10, pay/x11, pay/x12 and others')
    expect(services[0]?.failedOn?.['malformed']).toHaveLength(20)
  })
})

/** Real events go on while the clock stands still. */
async function untilSo(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((next) => setImmediate(next))
}

describe('wait until it is stable', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  const STABLE = 10_000
  const holding = 'pay: 1 up, not yet for 10s without a break'
  const absent = 'pay: none up, at least 1 wanted'
  const put = { is: 'changes', changes: [{ put: recordOf('pay/a') }], revision: '2' } as const
  const removal = { is: 'changes', changes: [{ removed: { id: 'pay/a', service: 'pay' } }], revision: '3' } as const

  /** A wait on a clock of the test's own, begun without an instance. */
  async function begun(timeout = 60_000) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const backend = new ScriptedBackend()
    const { ended, lines } = await told(backend, condition({ stable: STABLE }), { timeout })
    let state: WaitState | undefined
    const over = (async () => {
      state = await ended
    })()
    await untilSo(() => lines.at(-1) === absent && backend.watches.length === 1)
    return { backend, lines, over, last: () => state }
  }

  it('holds for that long', async () => {
    const { backend, lines, over, last } = await begun()
    backend.tell(put)
    await untilSo(() => lines.at(-1) === holding)
    await vi.advanceTimersByTimeAsync(STABLE - 1)
    expect(last()).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    await over
    expect(last()).toMatchObject({ failed: undefined, services: [{ counted: 1 }] })
  })

  it('begins again after a break, and when the registry was away', async () => {
    const { backend, lines, over, last } = await begun()
    backend.tell(put)
    await untilSo(() => lines.at(-1) === holding)
    await vi.advanceTimersByTimeAsync(STABLE - 1)
    backend.tell(removal)
    await untilSo(() => lines.at(-1) === absent)
    await vi.advanceTimersByTimeAsync(STABLE)
    backend.tell(put)
    await untilSo(() => lines.at(-1) === holding)
    await vi.advanceTimersByTimeAsync(STABLE - 1)
    backend.tell({ is: 'link', state: 'down', message: 'gone' })
    await untilSo(() => lines.at(-1) === 'gone')
    await vi.advanceTimersByTimeAsync(STABLE)
    expect(last()).toBeUndefined()
    backend.tell({ is: 'link', state: 'up' })
    await untilSo(() => lines.at(-1) === holding)
    await vi.advanceTimersByTimeAsync(STABLE)
    await over
    expect(last()).toMatchObject({ failed: undefined })
  })

  it('is not there yet when the time is up', async () => {
    const { backend, lines, over, last } = await begun(STABLE + 5)
    await vi.advanceTimersByTimeAsync(10)
    backend.tell(put)
    await untilSo(() => lines.at(-1) === holding)
    await vi.advanceTimersByTimeAsync(STABLE - 5)
    await over
    expect(last()).toMatchObject({ failed: holding, isHopeless: false })
  })
})
