import { beforeEach, describe, expect, it } from 'vitest'
import type { Outcome, RawRecord } from '../../../src/model/record.ts'
import { collect, results } from '../../conformance/ground.ts'
import { Pretend, type Slip, answerLost, failure, fails } from './pretend.ts'

let registry: Pretend
beforeEach(() => {
  registry = new Pretend()
})

const write = (count: number, entry: Partial<Slip['body']> = {}) =>
  Array.from({ length: count }, (_, at) => registry.write(`sre/${at}`, entry))
const asked = (name: string) => registry.asked.filter((request) => request.split(' ')[0] === name)

/** Each change of records that have been read. */
const CHANGES: readonly (readonly [
  string,
  (records: readonly RawRecord[], signal?: AbortSignal) => Promise<readonly Outcome[]>,
])[] = [
  ['remove', (records, signal) => collect(registry.backend().remove(records, { signal }))],
  ['setStatus', async (records, signal) => (await registry.backend().setStatus?.(records, 'down', { signal })) ?? []],
  ['renew', async (records, signal) => (await registry.backend().renew?.(records, { signal })) ?? []],
  [
    'restore',
    (records, signal) =>
      collect(
        registry.backend().restore?.(
          records.map((each) => ({ ...each, ttlGranted: null })),
          { signal },
        ),
      ),
  ],
]
const [remove, setStatus, renew, restore] = CHANGES.map(([, change]) => change) as [
  (typeof CHANGES)[number][1],
  (typeof CHANGES)[number][1],
  (typeof CHANGES)[number][1],
  (typeof CHANGES)[number][1],
]
/** The request that each makes for a record. */
const REQUEST: Readonly<Record<string, string>> = {
  remove: 'delete',
  setStatus: 'status',
  renew: 'beat',
  restore: 'put',
}

describe.each(CHANGES)('%s', (name, change) => {
  const request = REQUEST[name] ?? ''
  const records = (count: number) => {
    const all = write(count)
    if (name === 'restore') registry.stored.clear()
    return all
  }

  it('answers once for each record', async () => {
    const all = records(3)
    const outcomes = await change([...all, ...all])
    expect(outcomes).toEqual(all.map(({ id }) => ({ id, result: 'done' })))
  })

  it('ends with the first silence, however many batches there are', async () => {
    const all = records(500)
    registry.at(request, fails('timeout'), 500)
    const outcomes = await change(all)
    expect(asked(request)).toHaveLength(registry.atOnce)
    expect(asked('current').length).toBeLessThanOrEqual(1)
    const counts = new Map<string, number>()
    for (const { result } of outcomes) counts.set(result, (counts.get(result) ?? 0) + 1)
    expect(Object.fromEntries(counts)).toEqual({ 'in-doubt': 4, 'not-attempted': 496 })
    expect(outcomes.map(({ id }) => id)).toEqual(all.map(({ id }) => id))
  })

  it('attempts nothing when it cannot even read', async () => {
    const all = records(20)
    registry.at('current', fails('unreachable'), 20)
    const outcomes = await change(all)
    expect(asked('current')).toHaveLength(1)
    expect(new Set(outcomes.map(({ result }) => result))).toEqual(new Set(['not-attempted']))
  })

  it('tells of each record what was refused, and does the others', async () => {
    const all = records(3)
    registry.at(`${request} sre/1`, fails('forbidden'))
    expect(results(await change(all))).toEqual({ 'sre/0': 'done', 'sre/1': 'failed', 'sre/2': 'done' })
  })

  it('is unsupported for a record of another kind of registry, and for what a request says so of', async () => {
    const all = records(1)
    registry.at(request, fails('unsupported'))
    const outcomes = await change([{ id: 'foreign', service: 'sre', body: { ID: 'x' }, revision: '1' }, ...all])
    expect(outcomes).toMatchObject([
      { id: 'foreign', result: 'unsupported', error: { message: 'foreign is not a record of Pretend' } },
      { id: 'sre/0', result: 'unsupported' },
    ])
  })

  it('goes many at a time, and ends with the signal of the caller', async () => {
    const all = records(20)
    const caller = new AbortController()
    const reason = new Error('given up')
    registry.at(`${request} sre/5`, () => {
      caller.abort(reason)
      throw reason
    })
    await expect(change(all, caller.signal)).rejects.toBe(reason)
    expect(registry.most).toBe(registry.atOnce)
    expect(asked(request).length).toBeLessThan(20)
    await expect(change(all, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  it('throws what is a bug, and no outcome', async () => {
    registry.at(request, () => {
      throw new TypeError('a bug')
    })
    await expect(change(records(3))).rejects.toThrow('a bug')
  })
})

describe.each([
  { compares: 'remove', request: 'delete', change: remove },
  { compares: 'setStatus', request: 'status', change: setStatus },
])('$compares compares', ({ request, change }) => {
  it('what it saw, read again just before', async () => {
    const [changed, gone, same] = write(3)
    registry.write('sre/0', { version: 'v2' })
    registry.erase('sre/1')
    const outcomes = await change([changed, gone, same].flatMap((slip) => slip ?? []))
    expect(results(outcomes)).toEqual({ 'sre/0': 'changed', 'sre/1': 'absent', 'sre/2': 'done' })
    expect(asked(request)).toEqual([`${request} sre/2`])
  })

  it('nothing itself where the registry does', async () => {
    registry.capabilities = { ...registry.capabilities, guarded: true }
    await change(write(3))
    expect(asked('current')).toEqual([])
    expect(asked(request)).toHaveLength(3)
  })

  it('each alone where a reading is of one record, so that one that cannot be read fails alone', async () => {
    registry.batch = 1
    registry.at('current', fails('forbidden'))
    const outcomes = await change(write(3))
    expect(results(outcomes)).toEqual({ 'sre/0': 'failed', 'sre/1': 'done', 'sre/2': 'done' })
    expect(asked('current')).toHaveLength(3)
    expect(registry.most).toBe(3)
  })

  it('nothing where it cannot be read any more, however each is read', async () => {
    registry.batch = 1
    registry.at('current', fails('unreachable'), 9)
    const outcomes = await change(write(3))
    expect(outcomes.map(({ result }) => result)).toEqual(['not-attempted', 'not-attempted', 'not-attempted'])
  })

  it('and leaves alone what was never read', async () => {
    const unread = write(1).map(({ id, service, body }) => ({ id, service, body }))
    expect(await change(unread)).toMatchObject([{ id: 'sre/0', result: 'failed', error: { code: 'usage' } }])
    expect(asked(request)).toEqual([])
  })
})

describe('removing', () => {
  it('reads again once a batch, and waits for each until reads show it', async () => {
    registry.visible = { within: 60_000, first: 1, most: 1 }
    await remove(write(2 * registry.batch))
    expect(asked('current')).toHaveLength(4)
  })

  it('leaves alone what the registry would mistake', async () => {
    registry.refuseToDelete = async () => new Map([['sre/0', failure('refused', 'part of another')]])
    expect(results(await remove(write(2)))).toEqual({ 'sre/0': 'failed', 'sre/1': 'done' })
    expect(asked('delete')).toEqual(['delete sre/1'])
  })

  it('is unsupported where the registry said yes and does not', async () => {
    registry.visible = { within: 0, first: 1, most: 1 }
    registry.at('delete', () => 'done')
    registry.late = async ({ id }) => {
      throw failure('unsupported', `another holds ${id}`)
    }
    expect(await remove(write(1))).toMatchObject([
      { id: 'sre/0', result: 'unsupported', error: { message: 'another holds sre/0' } },
    ])
  })

  it('takes for gone what came after it', async () => {
    const records = write(1)
    registry.visible = { within: 60_000, first: 60_000, most: 60_000 }
    registry.at('delete', (carryOut) => {
      const result = carryOut()
      registry.write('sre/0', { version: 'v2' })
      return result
    })
    expect(results(await remove(records))).toEqual({ 'sre/0': 'done' })
  })

  it('is done though the registry falls silent before reads show it', async () => {
    registry.visible = { within: 60_000, first: 1, most: 1 }
    registry.at('current', (carryOut) => carryOut())
    registry.at('current', fails('unreachable'))
    const outcomes = await remove(write(2 * registry.batch))
    expect(outcomes.map(({ result }) => result)).toEqual([
      ...Array.from({ length: 8 }, () => 'done'),
      ...Array.from({ length: 8 }, () => 'not-attempted'),
    ])
  })

  it('ends with the signal while reads are waited for', async () => {
    registry.visible = { within: 60_000, first: 60_000, most: 60_000 }
    const records = write(1)
    const caller = new AbortController()
    const reason = new Error('given up')
    registry.at('delete', (carryOut) => {
      registry.lag = 9
      setTimeout(() => caller.abort(reason))
      return carryOut()
    })
    await expect(remove(records, caller.signal)).rejects.toBe(reason)
  })
})

describe('changing a status', () => {
  it('is unsupported where there is no such status, and nothing is asked', async () => {
    const outcomes = await registry.backend().setStatus?.(write(1), 'maintenance')
    expect(outcomes).toMatchObject([
      {
        result: 'unsupported',
        error: { message: 'sre/0 cannot be set to maintenance: Pretend supports up and down only' },
      },
    ])
    expect(registry.asked).toEqual([])
  })

  it('waits until reads show it, and asks nobody about one that is late', async () => {
    const records = write(1)
    registry.visible = { within: 60_000, first: 1, most: 1 }
    registry.lag = 2
    registry.late = fails('usage', 'a status is no put')
    expect(results(await setStatus(records))).toEqual({ 'sre/0': 'done' })
    expect([...(await registry.current(records)).values()]).toMatchObject([{ body: { isOut: true } }])
  })
})

describe('renewing', () => {
  it('is unsupported for what needs no heartbeats', async () => {
    expect(await renew(write(1, { ttl: null }))).toMatchObject([
      { result: 'unsupported', error: { message: 'sre/0 needs no heartbeats: there is nothing to renew' } },
    ])
  })

  it('looks only where the registry wants a look, once a batch', async () => {
    const records = write(registry.batch)
    await renew(records)
    expect(asked('current')).toHaveLength(1)
    registry.looksBeforeBeats = false
    await renew(records)
    expect(asked('current')).toHaveLength(1)
  })

  it('is absent for what is gone, by a look or by the answer', async () => {
    const records = write(1)
    registry.erase('sre/0')
    expect(results(await renew(records))).toEqual({ 'sre/0': 'absent' })
    registry.looksBeforeBeats = false
    expect(results(await renew(records))).toEqual({ 'sre/0': 'absent' })
  })
})

describe('restoring', () => {
  it('puts back what is absent with its status, and leaves what has taken its place', async () => {
    const [out, other] = [registry.write('sre/0', { isOut: true }), registry.write('sre/1')]
    registry.erase('sre/0')
    registry.write('sre/1', { version: 'v2' })
    expect(results(await restore([out, other]))).toEqual({ 'sre/0': 'done', 'sre/1': 'changed' })
    expect(registry.stored.get('sre/0')?.body.isOut).toBe(true)
    expect(registry.stored.get('sre/1')?.body.version).toBe('v2')
  })

  it('leaves it to a guarded registry to see that nothing is there', async () => {
    const [gone, there] = write(2)
    registry.erase('sre/0')
    registry.capabilities = { ...registry.capabilities, guarded: true }
    expect(results(await restore([gone, there].flatMap((slip) => slip ?? [])))).toEqual({
      'sre/0': 'done',
      'sre/1': 'changed',
    })
    expect(asked('current')).toEqual([])
  })

  it('is in doubt where the answer never came', async () => {
    const records = write(1)
    registry.erase('sre/0')
    registry.at('put', answerLost)
    expect(results(await restore(records))).toEqual({ 'sre/0': 'in-doubt' })
  })
})

describe('the backend', () => {
  it('has the optional methods of its capabilities, and of its catalogue, and no empty ones', () => {
    const backend = registry.backend()
    expect(['renew', 'setStatus', 'restore', 'watch', 'alternatives'].filter((name) => name in backend)).toEqual([
      'renew',
      'setStatus',
      'restore',
    ])
    registry.capabilities = { ...registry.capabilities, renew: false, offline: false, restore: false }
    expect(['renew', 'setStatus', 'restore'].filter((name) => name in registry.backend())).toEqual([])
  })
})
