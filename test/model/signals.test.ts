import { getEventListeners } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import { anyOf, onAbort, unlessAborted, within } from '../../src/model/signals.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')
const never = new AbortController().signal

describe('a time limit', () => {
  it.each<[string, () => AbortSignal]>([
    ['alone', () => within(50)],
    ['with a signal', () => within(50, never)],
    ["with a caller's own", () => anyOf(never, AbortSignal.timeout(50))],
    ["with a caller's own, twice", () => anyOf(anyOf(AbortSignal.timeout(50), never), new AbortController().signal)],
  ])('is kept over a collection of garbage, %s', async (_, limited) => {
    let ended = 0
    const begin = () => limited().addEventListener('abort', () => (ended += 1), { once: true })
    for (let at = 0; at < 100; at++) begin()
    collectGarbage()
    await expect.poll(() => ended).toBe(100)
  })

  it('ends with the signal, and by its reason', () => {
    const stop = new AbortController()
    const limited = within(3_600_000, stop.signal)
    stop.abort('enough')
    expect(limited.reason).toBe('enough')
  })

  it('is aborted by a timeout, and at once where no time is left', async () => {
    const limited = within(0)
    await expect.poll(() => limited.aborted).toBe(true)
    expect(limited.reason).toMatchObject({ name: 'TimeoutError' })
  })
})

describe('whoever listens to a signal', () => {
  it('is called once, and in order, unless it has stopped', () => {
    const stop = new AbortController()
    const called: string[] = []
    const listen = (name: string) => onAbort(stop.signal, () => void called.push(name))
    listen('a')
    const stopped = listen('b')
    listen('c')
    stopped()
    stopped()
    stop.abort()
    stop.abort()
    expect(called).toEqual(['a', 'c'])
  })

  it('is not called when it is stopped by one before it, or listens too late', () => {
    const stop = new AbortController()
    const called: string[] = []
    onAbort(stop.signal, () => {
      later()
      onAbort(stop.signal, () => called.push('too late'))
    })
    const later = onAbort(stop.signal, () => called.push('stopped'))
    stop.abort()
    onAbort(stop.signal, () => called.push('too late'))
    expect(called).toEqual([])
  })

  it('is called although one before it throws, which is reported as if it had been alone', () => {
    const stop = new AbortController()
    const reports = vi.spyOn(process, 'nextTick').mockImplementation(() => {})
    const called: string[] = []
    onAbort(stop.signal, () => {
      throw new Error('broken')
    })
    onAbort(stop.signal, () => called.push('second'))
    stop.abort()
    const [[report] = []] = reports.mock.calls
    reports.mockRestore()
    expect(called).toEqual(['second'])
    expect(report).toThrow('broken')
  })

  it('shares one listener, which is gone with the last of them', () => {
    const { signal } = new AbortController()
    const stops = Array.from({ length: 20 }, () => onAbort(signal, () => {}))
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    for (const stopListening of stops) stopListening()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    onAbort(signal, () => {})
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  })
})

describe('signals put together', () => {
  it('are the one that was given where there is no other', () => {
    expect(anyOf(undefined, never)).toBe(never)
  })

  it('never abort where none was given', () => {
    expect(anyOf(undefined).aborted).toBe(false)
  })

  it('give up a promise, and leave it to others', async () => {
    const stop = new AbortController()
    const answer = new Promise<string>((resolve) => setImmediate(resolve, 'there'))
    const given = unlessAborted(answer, stop.signal)
    const kept = unlessAborted(answer, undefined)
    stop.abort('enough')
    await expect(given).rejects.toBe('enough')
    await expect(kept).resolves.toBe('there')
  })
})
