import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { within } from '../../src/model/time-limit.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

describe('a time limit', () => {
  it.each<[string, AbortSignal | undefined]>([
    ['alone', undefined],
    ['with a signal', new AbortController().signal],
  ])('is kept over a collection of garbage, %s', async (_, signal) => {
    let ended = 0
    const begin = () => within(50, signal).addEventListener('abort', () => (ended += 1), { once: true })
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
