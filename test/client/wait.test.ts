import { describe, expect, it } from 'vitest'
import { type WaitCondition, type WaitOptions, type WaitState, wait } from '../../src/client/wait.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { embedded, scripted } from './clients.ts'
import { ScriptedBackend, away, recordOf } from './scripted-backend.ts'

const condition = (wanted: Partial<WaitCondition> = {}): WaitCondition => ({
  scope: { services: ['pay'] },
  where: () => true,
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
    expect(await ended).toMatchObject({ counted: 1, failed: undefined, entries: [{}, {}] })
    expect(lines).toEqual([])
  })

  it('begins again as long as the registry is away', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'))
    backend.scanFailures.push(away(), away(), new RollcallError('timeout', 'too slow'))
    const { lines, ended } = await told(backend, condition())
    expect(await ended).toMatchObject({ counted: 1, failed: undefined })
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
    expect(lines).toEqual(['1 up, at most 0 wanted', 'gone'])
    backend.tell({ is: 'link', state: 'up' })
    expect(await ended).toMatchObject({ counted: 0, failed: undefined })
  })

  it('says that the registry was away when the time was up', async () => {
    const backend = new ScriptedBackend()
    const { ended } = await told(backend, condition(), { timeout: 700 })
    await expect.poll(() => backend.watches.length).toBe(1)
    backend.tell({ is: 'link', state: 'down', message: 'gone' })
    expect(await ended).toMatchObject({ failed: 'gone; last seen: none up' })
  })

  it('ends by the reason of its signal', async () => {
    const stop = new AbortController()
    const { ended } = await told(new ScriptedBackend(), condition(), { signal: stop.signal })
    stop.abort(new RollcallError('interrupted', 'stopped'))
    await expect(ended).rejects.toMatchObject({ code: 'interrupted', message: 'stopped' })
  })

  it.each<[string, Partial<WaitCondition>, string | undefined]>([
    ['at least', { min: 3 }, '2 up (1 down), at least 3 wanted'],
    ['at most', { min: 0, max: 1 }, '2 up, at most 1 wanted'],
    ['between', { min: 1, max: 2 }, undefined],
    ['other statuses', { statuses: ['down', 'expired'], min: 2 }, '1 down or expired (2 up), at least 2 wanted'],
    ['a status that nothing has', { statuses: ['unknown'] }, 'none unknown (2 up, 1 down), at least 1 wanted'],
    ['of any status', { statuses: undefined, min: 0, max: 0 }, '3 instances, at most 0 wanted'],
    [
      'of those that are looked at',
      { where: ({ instance }) => instance.id === 'a', min: 2 },
      '1 up, at least 2 wanted',
    ],
  ])('looks once: %s', async (_, wanted, failed) => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'), recordOf('pay/b'), recordOf('pay/c', { observed: { status: 'down' } }))
    const { ended } = await told(backend, condition(wanted), { timeout: 0 })
    expect((await ended).failed).toBe(failed)
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
    expect((await ended).entries.map(({ instance }) => instance.id)).toEqual(['a', 'b', 'c'])
    expect(states[0]?.failed).toBe('none up, at least 3 wanted')
  })
})
