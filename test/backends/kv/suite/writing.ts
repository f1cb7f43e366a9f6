import { expect, it } from 'vitest'
import { numbered, revisionOf, type Ground } from './ground.ts'

export function writing(ground: () => Ground): void {
  const value = Buffer.from('new')
  const results = async (...operations: Parameters<Ground['store']['write']>) => {
    const outcomes = await ground().store.write(...operations)
    return outcomes.map((outcome) => outcome.result)
  }

  it('gives each change a revision that only grows', async () => {
    const first = await ground().put('a')
    const second = await ground().put('a')
    const third = await ground().remove('a')
    expect(BigInt(second)).toBeGreaterThan(BigInt(first))
    expect(BigInt(third)).toBeGreaterThan(BigInt(second))
    expect(BigInt(await ground().revision())).toBeGreaterThanOrEqual(BigInt(third))
  })

  it('puts whatever is there when nothing is expected', async () => {
    expect(await results([{ put: ground().key('a'), value: Buffer.from('old') }])).toEqual(['done'])
    expect(await results([{ put: ground().key('a'), value }])).toEqual(['done'])
    expect(await ground().texts()).toEqual({ a: 'new' })
  })

  it('puts what must not exist only where nothing is', async () => {
    expect(await results([{ put: ground().key('a'), value: Buffer.from('first'), expect: null }])).toEqual(['done'])
    expect(await results([{ put: ground().key('a'), value, expect: null }])).toEqual(['changed'])
    expect(await ground().texts()).toEqual({ a: 'first' })
    await ground().remove('a')
    expect(await results([{ put: ground().key('a'), value, expect: null }])).toEqual(['done'])
  })

  it('puts on a revision only where it still is', async () => {
    const seen = await ground().put('a', 'seen')
    const later = await ground().put('a', 'later')
    expect(await results([{ put: ground().key('a'), value, expect: seen }])).toEqual(['changed'])
    expect(await ground().texts()).toEqual({ a: 'later' })
    expect(await results([{ put: ground().key('a'), value, expect: later }])).toEqual(['done'])
    expect(await results([{ put: ground().key('never'), value, expect: later }])).toEqual(['changed'])
    expect(await ground().texts()).toEqual({ a: 'new' })
  })

  it('deletes what it saw, and nothing else', async () => {
    const seen = await ground().put('a', 'seen')
    const later = await ground().put('a', 'later')
    const key = ground().key('a')
    expect(await results([{ delete: key, expect: seen }])).toEqual(['changed'])
    expect(await ground().texts()).toEqual({ a: 'later' })
    expect(await results([{ delete: key, expect: later }])).toEqual(['done'])
    expect(await results([{ delete: key, expect: later }])).toEqual(['absent'])
    expect(await results([{ delete: key }])).toEqual(['absent'])
    expect(await ground().texts()).toEqual({})
  })

  it('deletes nothing that was registered again under the same key', async () => {
    const seen = await ground().put('a', 'same')
    await ground().remove('a')
    await ground().put('a', 'same')
    expect(await results([{ delete: ground().key('a'), expect: seen }])).toEqual(['changed'])
    expect(await ground().texts()).toEqual({ a: 'same' })
  })

  it('deletes nothing of another value, where the revision happens to be the same', async ({ skip }) => {
    skip(ground().store.unordered === true, 'its revisions never meet')
    const seen = await ground().put('a', 'living')
    const key = ground().key('a')
    expect(await results([{ delete: key, expect: seen, was: Buffer.from('dead') }])).toEqual(['changed'])
    expect(await results([{ delete: key, expect: seen, was: new Uint8Array() }])).toEqual(['changed'])
    expect(await ground().texts()).toEqual({ a: 'living' })
    expect(await results([{ delete: key, expect: seen, was: Buffer.from('living') }])).toEqual(['done'])
    const [empty] = (await ground().store.write([{ put: ground().key('c'), value: new Uint8Array() }])) ?? []
    expect(await results([{ delete: ground().key('c'), expect: empty?.revision, was: new Uint8Array() }])).toEqual([
      'done',
    ])
  })

  it('writes nothing for no operations', async () => {
    expect(await ground().store.write([])).toEqual([])
  })

  it('leaves only those of a thousand that have changed', async () => {
    const { store } = ground()
    const keys = numbered(1000).map((name) => ground().key(name))
    const created = await store.write(keys.map((put) => ({ put, value: Buffer.from('old'), expect: null })))
    const touched = numbered(1000).filter((_, at) => at % 101 === 7)
    for (const name of touched) await ground().put(name)
    const outcomes = await store.write(keys.map((key, at) => ({ delete: key, expect: revisionOf(created[at]) })))
    const expected = keys.map((_, at) => (at % 101 === 7 ? 'changed' : 'done'))
    expect(outcomes.map((outcome) => outcome.result)).toEqual(expected)
    expect(Object.keys(await ground().texts())).toEqual(touched)
  })

  it('does all of an atomic write, at one revision', async () => {
    const seen = await ground().put('old')
    const outcomes = await ground().store.write(
      [
        { put: ground().key('a'), value, expect: null },
        { put: ground().key('b'), value },
        { delete: ground().key('old'), expect: seen },
      ],
      { atomic: true },
    )
    expect(new Set(outcomes.map(revisionOf)).size).toBe(1)
    expect(await ground().texts()).toEqual({ a: 'new', b: 'new' })
  })

  it('does nothing of an atomic write when one thing changed', async () => {
    const seen = await ground().put('old', 'seen')
    await ground().put('old', 'later')
    const puts = numbered(99).map((name) => ({ put: ground().key(name), value }))
    const operations = [...puts, { delete: ground().key('old'), expect: seen }]
    expect(new Set(await results(operations, { atomic: true }))).toEqual(new Set(['changed']))
    const gone = [
      { put: ground().key('a'), value },
      { delete: ground().key('never'), expect: seen },
    ]
    expect(await results(gone, { atomic: true })).toEqual(['changed', 'changed'])
    expect(await ground().texts()).toEqual({ old: 'later' })
  })

  it('binds an atomic write to a key that it leaves alone', async () => {
    const lock = await ground().put('lock', 'held')
    const bound = (revision: string, name: string) =>
      ground().store.write(
        [
          { check: ground().key('lock'), expect: revision },
          { put: ground().key(name), value, expect: null },
        ],
        { atomic: true },
      )
    const [check, put] = await bound(lock, 'a')
    expect([check, put?.result]).toEqual([{ result: 'done' }, 'done'])
    await ground().put('lock', 'taken')
    expect((await bound(lock, 'b')).map(({ result }) => result)).toEqual(['changed', 'changed'])
    await ground().remove('lock')
    expect((await bound(lock, 'b')).map(({ result }) => result)).toEqual(['changed', 'changed'])
    expect(await ground().texts()).toEqual({ a: 'new' })
  })

  it('looks whether a key is as it was, and changes nothing', async () => {
    const seen = await ground().put('a', 'seen')
    const before = await ground().revision()
    const check = { check: ground().key('a'), expect: seen }
    expect(await ground().store.write([check])).toEqual([{ result: 'done' }])
    expect(await ground().store.write([check], { atomic: true })).toEqual([{ result: 'done' }])
    expect(await results([{ check: ground().key('never'), expect: seen }])).toEqual(['changed'])
    if (!ground().store.unordered) expect(await ground().revision()).toBe(before)
    await ground().put('a', 'later')
    expect(await results([check])).toEqual(['changed'])
    expect(await ground().texts()).toEqual({ a: 'later' })
  })

  it('lets one of many have what must not exist', async () => {
    const { store } = ground()
    const races = numbered(20).map((name) =>
      store.write([{ put: ground().key('one'), value: Buffer.from(name), expect: null }]),
    )
    const outcomes = (await Promise.all(races)).map(([outcome]) => outcome?.result)
    expect(outcomes.filter((result) => result === 'done')).toHaveLength(1)
    expect(outcomes.filter((result) => result === 'changed')).toHaveLength(19)
  })
}
