import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Alarms } from '../../src/client/alarms.ts'

describe('alarms', () => {
  let alarms: Alarms
  let rung: string[]
  const ring = (name: string) => () => void rung.push(name)

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    alarms = new Alarms()
    rung = []
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('ring after their delay, and those of the same moment with one timer', () => {
    for (const name of ['a', 'b', 'c']) alarms.set(5_000, ring(name))
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(4_999)
    expect(rung).toEqual([])
    vi.advanceTimersByTime(1 + 5)
    expect(rung).toEqual(['a', 'b', 'c'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('are called with what is due before, as early as they may be', () => {
    alarms.set(1_000, ring('due'))
    alarms.set(1_400, ring('may be early'), 500)
    alarms.set(1_400, ring('must not be early'))
    alarms.set(2_000, ring('not so early'), 500)
    vi.advanceTimersByTime(1_010)
    expect(rung).toEqual(['due', 'may be early'])
    vi.advanceTimersByTime(400)
    expect(rung).toEqual(['due', 'may be early', 'must not be early'])
    vi.advanceTimersByTime(600)
    expect(rung).toEqual(['due', 'may be early', 'must not be early', 'not so early'])
  })

  it('are cancelled one by one, and leave no timer', () => {
    const [a, b] = [ring('a'), ring('b')]
    const due = [alarms.set(100, a), alarms.set(100, b)]
    expect([0, 1].map(() => alarms.cancel(due[0] ?? 0, a))).toEqual([true, false])
    vi.advanceTimersByTime(50)
    expect(vi.getTimerCount()).toBe(1)
    expect(alarms.cancel(due[1] ?? 0, b)).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
    vi.advanceTimersByTime(1_000)
    expect(rung).toEqual([])
  })

  it('can be set and cancelled by those that ring', () => {
    const other = ring('cancelled')
    let due = 0
    alarms.set(100, () => {
      alarms.cancel(due, other)
      alarms.set(0, ring('set meanwhile'))
    })
    due = alarms.set(100, other)
    vi.advanceTimersByTime(200)
    expect(rung).toEqual(['set meanwhile'])
    expect(vi.getTimerCount()).toBe(0)
  })
})
