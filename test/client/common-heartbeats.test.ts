import { describe, expect, it } from 'vitest'
import { eventually } from '../eventually.ts'
import type { BeatResults, Registration } from '../../src/backends/contract/backend.ts'
import type { KeepAlive, KeepAliveEvent } from '../../src/client/client.ts'
import { silent } from '../../src/model/logger.ts'
import { scripted } from './clients.ts'
import { ScriptedBackend, away, recordOf } from './scripted-backend.ts'

/** Milliseconds. */
const EVERY = 20

interface Call {
  readonly ids: readonly string[]
  readonly results: BeatResults
  readonly givenUp: number[]
}

/** A registry that takes many heartbeats with one call, whose results a test decides. */
class Together extends ScriptedBackend {
  readonly calls: Call[] = []
  /** The ids of heartbeats that were sent alone. */
  readonly alone: string[] = []
  answer: (call: Call) => void = ({ ids, results }) => results.beaten([...ids.keys()])

  beatEach(registrations: readonly Registration[], results: BeatResults): (at: number) => void {
    const call = { ids: registrations.map(({ records }) => records[0]?.id ?? ''), results, givenUp: [] as number[] }
    this.calls.push(call)
    queueMicrotask(() => this.answer(call))
    return (at) => call.givenUp.push(at)
  }

  /** What is registered next. */
  next(id: string, { ttl = 60_000, beat }: { ttl?: number; beat?: Registration['beat'] } = {}): void {
    this.registrations.push({
      action: 'created',
      records: [recordOf(`pay/${id}`)],
      expiresAt: Date.now() + ttl,
      beatEvery: EVERY,
      beatEarly: EVERY / 2,
      beat: async (signal) => {
        this.alone.push(`pay/${id}`)
        return (await beat?.(signal)) ?? 'ok'
      },
      release: async () => {},
      [Symbol.asyncDispose]: async () => {},
    })
  }
}

async function keep(backend: Together, ids: readonly string[], onEvent?: (event: KeepAliveEvent, id: string) => void) {
  const warned: string[] = []
  const client = scripted(backend, { logger: { ...silent, warn: (message) => void warned.push(message) } })
  const kept: KeepAlive[] = []
  for (const id of ids)
    kept.push(
      await client.keepAlive(
        { name: 'pay', id, endpoints: ['grpc://h:9000'] },
        { onEvent: (event) => onEvent?.(event, id) },
      ),
    )
  return {
    kept,
    warned,
    async [Symbol.asyncDispose]() {
      await Promise.all(kept.map((each) => each[Symbol.asyncDispose]()))
    },
  }
}

describe('heartbeats of many that go well', () => {
  it('are sent with one call, again and again', async () => {
    const backend = new Together()
    for (const id of ['a', 'b', 'c']) backend.next(id)
    await using all = await keep(backend, ['a', 'b', 'c'])
    const together = () => backend.calls.filter(({ ids }) => ids.length === 3)
    await eventually(() => expect(together().length).toBeGreaterThan(2))
    expect(all.warned).toEqual([])
    expect(backend.alone).toEqual([])
  })

  it('go on where one is lost, which is registered again', async () => {
    const backend = new Together()
    for (const id of ['a', 'b', 'a']) backend.next(id)
    let lost = 0
    backend.answer = ({ ids, results }) => {
      for (const [at, id] of ids.entries()) {
        if (id === 'pay/a' && lost++ === 0) results.lost(at)
        else results.beaten([at])
      }
    }
    const events: string[] = []
    await using all = await keep(backend, ['a', 'b'], ({ type }, id) => events.push(`${id} ${type}`))
    await eventually(() => expect(events).toContain('a registered-again'))
    const before = backend.calls.length
    await eventually(() => expect(backend.calls.slice(before).some(({ ids }) => ids.length === 2)).toBe(true))
    expect(all.warned).toEqual([])
    expect(events).toEqual(['a registered', 'b registered', 'a lost', 'a registered-again'])
  })

  it('leave one that failed to itself until it gets through', async () => {
    const backend = new Together()
    backend.next('a', {
      beat: async () => {
        if (backend.alone.length < 3) throw away()
        return 'ok'
      },
    })
    backend.next('b')
    let failed = 0
    backend.answer = ({ ids, results }) => {
      for (const [at, id] of ids.entries()) {
        if (id === 'pay/a' && failed++ === 0) results.failed(at, away())
        else results.beaten([at])
      }
    }
    await using all = await keep(backend, ['a', 'b'])
    await eventually(() => expect(backend.alone).toHaveLength(3))
    const before = backend.calls.length
    await eventually(() => expect(backend.calls.slice(before).some(({ ids }) => ids.length === 2)).toBe(true))
    expect(backend.alone).toEqual(['pay/a', 'pay/a', 'pay/a'])
    expect(all.warned).toEqual(Array.from({ length: 3 }, () => 'heartbeat failed: nobody answers'))
  })

  it('are given up one by one when their lifetimes are over', async () => {
    const backend = new Together()
    backend.next('a', { ttl: 1_000 })
    backend.next('b')
    backend.next('a')
    let muted: Call | undefined
    backend.answer = (call) => {
      if (muted === undefined && call.ids.length === 2) {
        muted = call
        call.results.beaten([call.ids.indexOf('pay/b')])
      } else call.results.beaten([...call.ids.keys()])
    }
    const events: string[] = []
    await using all = await keep(backend, ['a', 'b'], ({ type }, id) => events.push(`${id} ${type}`))
    await eventually(() => expect(events).toContain('a registered-again'))
    expect(all.warned).toEqual(['heartbeat failed: no answer before the lifetime was over'])
    expect(muted?.givenUp).toEqual([muted?.ids.indexOf('pay/a')])
    // It is too late for that now.
    muted?.results.lost(muted.ids.indexOf('pay/a'))
    expect(events).toEqual(['a registered', 'b registered', 'a lost', 'a registered-again'])
  })

  it('are given up when it is stopped, and the others are not', async () => {
    const backend = new Together()
    for (const id of ['a', 'b']) backend.next(id)
    let isMute = false
    backend.answer = ({ ids, results }) => {
      if (!isMute && ids.length === 2) isMute = true
      else if (!isMute) results.beaten([...ids.keys()])
    }
    await using all = await keep(backend, ['a', 'b'])
    await eventually(() => expect(isMute).toBe(true))
    const call = backend.calls.at(-1)
    await all.kept[0]?.release()
    expect(call?.givenUp).toEqual([call?.ids.indexOf('pay/a')])
    backend.answer = ({ ids, results }) => results.beaten([...ids.keys()])
    call?.results.beaten([0, 1])
    const before = backend.calls.length
    await eventually(() => expect(backend.calls.length).toBeGreaterThan(before + 1))
    expect(new Set(backend.calls.slice(before).flatMap(({ ids }) => ids))).toEqual(new Set(['pay/b']))
  })
})
