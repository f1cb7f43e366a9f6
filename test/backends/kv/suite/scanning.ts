import { expect, it } from 'vitest'
import { type StorePage, inside } from '../../../../src/backends/kv/store.ts'
import { numbered, type Ground } from './ground.ts'

const BYTES = ['', '00', '61', '6100', '6162', '7f', '80', 'c328', 'efbfbf', 'f0908080', 'ff', 'ff00', 'ffff'].map(
  (bytes) => Buffer.from(bytes, 'hex'),
)
const PATHS = ['a', 'a b', 'a-b', 'a-b/1', 'a.b', 'a/1', 'a/1-1', 'a/1/1', 'a0', 'ab', 'b', 'é', '用户', 'ﷺ']

export function scanning(ground: () => Ground): void {
  it('orders keys by their bytes, whatever they are', async () => {
    const { store, range } = ground()
    const keys = (ground().paths ? PATHS.map((path) => Buffer.from(path)) : BYTES).map((rest) => ground().key(rest))
    await store.write(keys.toReversed().map((put) => ({ put, value: put })))
    const records = await ground().records(range)
    expect(records.map((record) => hex(record.key))).toEqual(keys.map(hex))
    expect(records.map((record) => hex(record.value))).toEqual(keys.map(hex))
  })

  it('holds empty values, and values that are not UTF-8', async () => {
    await ground().put('empty', '')
    await ground().put('broken', Buffer.from('c328ff00', 'hex'))
    const records = await ground().records()
    expect(records.map((record) => hex(record.value))).toEqual(['c328ff00', ''])
  })

  it('takes its start in and leaves its end out', async () => {
    for (const rest of ['a', 'b', 'b0', 'c']) await ground().put(rest)
    const range = { start: ground().key('b'), end: ground().key('c') }
    const records = await ground().records(range)
    expect(records.map((record) => ground().rest(record.key))).toEqual(['b', 'b0'])
    expect(await ground().store.count(range)).toBe(2)
  })

  it('yields one empty page with the revision for an empty range', async () => {
    const revision = await ground().put('elsewhere')
    const range = { start: ground().key('nothing'), end: ground().key('nothinh') }
    const pages = await collect(ground().store.scan(range))
    expect(pages.map((page) => page.records.length)).toEqual([0])
    expect(BigInt(pages[0]?.revision ?? -1)).toBeGreaterThanOrEqual(BigInt(revision))
  })

  it('tells the revision and the lease of each record', async () => {
    const { store } = ground()
    const { lease } = await store.grant(store.ttl.default)
    const bound = await ground().put('bound', 'value', lease)
    const free = await ground().put('free')
    const records = await ground().records()
    expect(records.map((record) => [record.revision, record.lease])).toEqual([
      [bound, lease],
      [free, undefined],
    ])
    expect(lease).toMatch(/^[0-9a-f]+$/)
  })

  it('reads all its pages at one revision while others write', async ({ skip }) => {
    const { store, range } = ground()
    skip(store.unordered === true, 'this store has no revision to read at')
    const names = numbered(45)
    await store.write(names.map((name) => ({ put: ground().key(name), value: Buffer.from('before') })))
    const pages: StorePage[] = []
    for await (const page of store.scan(range, { pageSize: 10 })) {
      pages.push(page)
      await ground().put(`n00000-${pages.length}`, 'new')
      await ground().put(names[44] ?? '', 'after')
      await ground().put(`n9${pages.length}`, 'new')
      if (pages.length === 1) await ground().remove(names[30] ?? '')
    }
    const records = pages.flatMap((page) => [...page.records])
    expect(records.map((record) => ground().rest(record.key))).toEqual(names)
    expect(new Set(records.map((record) => Buffer.from(record.value).toString()))).toEqual(new Set(['before']))
    expect(new Set(pages.map((page) => page.revision)).size).toBe(1)
    expect(pages.every((page) => page.records.length <= 10)).toBe(true)
    expect(await ground().texts()).toMatchObject({ [names[44] ?? '']: 'after' })
  })

  it('reads what stays, once and in order, while others write', async () => {
    const { store, range } = ground()
    const names = numbered(45)
    await store.write(names.map((name) => ({ put: ground().key(name), value: Buffer.from('stays') })))
    const read: string[] = []
    let pages = 0
    for await (const page of store.scan(range, { pageSize: 10 })) {
      read.push(...page.records.map((record) => ground().rest(record.key)))
      pages += 1
      await ground().put(`n00000-${pages}`)
      await ground().put(`n9${pages}`)
    }
    expect(pages).toBeGreaterThan(4)
    expect(read.filter((name) => names.includes(name))).toEqual(names)
  })

  it('goes on at the revision of an earlier scan, or says that it did not', async () => {
    const { store, range } = ground()
    await ground().put('a', 'before')
    const first = await collect(store.scan(range))
    const later = await ground().put('a', 'after')
    const [page] = await collect(store.scan(range, { revision: first[0]?.revision }))
    const value = Buffer.from(page?.records[0]?.value ?? '').toString()
    expect([value, page?.revision]).toEqual(
      value === 'before' ? ['before', first[0]?.revision] : ['after', expect.stringMatching(later)],
    )
  })

  it('reads the first pages of several ranges at one revision, and what follows them, while others write', async ({
    skip,
  }) => {
    const { store } = ground()
    const together = store.firstPages?.bind(store)
    skip(together === undefined, 'this store reads one range at a time')
    const names = numbered(1_200)
    await store.write(names.map((name) => ({ put: ground().key(`many/${name}`), value: Buffer.from('before') })))
    const earlier = await ground().revision()
    await ground().put('one/a', 'before')
    const ranges = ['many/', 'none/', 'one/'].map((folder) => inside(ground().key(folder).subarray(0, -1)))
    const pages = (await together?.(ranges)) ?? []
    await ground().put(`many/${names[1_100]}`, 'after')
    await ground().put('one/b', 'after')
    const [many, none, one] = pages
    if (!many?.rest) throw new Error('all of many was read at once')
    const more = await collect(store.scan(many.rest, { revision: many.revision }))
    const records = [many, ...more].flatMap((page) => page.records)
    expect(records.map((record) => ground().rest(record.key))).toEqual(names.map((name) => `many/${name}`))
    expect(new Set(records.map((record) => Buffer.from(record.value).toString()))).toEqual(new Set(['before']))
    expect(none).toEqual({ records: [], revision: many.revision })
    expect(one?.records.map((record) => ground().rest(record.key))).toEqual(['one/a'])
    expect(one).toMatchObject({ revision: many.revision })
    expect(one).not.toHaveProperty('rest')
    const [, , asOf] = (await together?.(ranges, { revision: earlier })) ?? []
    expect(asOf).toEqual({ records: [], revision: earlier })
  })

  it('stops at its limit', async () => {
    const { store, range } = ground()
    await store.write(numbered(25).map((name) => ({ put: ground().key(name), value: Buffer.from('') })))
    const pages = await collect(store.scan(range, { pageSize: 10, limit: 12 }))
    const names = pages.flatMap((page) => page.records.map((record) => ground().rest(record.key)))
    expect(names).toEqual(numbered(12))
  })

  it('can be left in the middle', async () => {
    const { store, range } = ground()
    await store.write(numbered(30).map((name) => ({ put: ground().key(name), value: Buffer.from('') })))
    for await (const page of store.scan(range, { pageSize: 10 })) if (page.records.length > 0) break
    await ground().put('after')
    expect(await ground().records()).toHaveLength(31)
  })

  it('counts all, or at least as many as asked for', async () => {
    const { store, range } = ground()
    expect(await store.count(range)).toBe(0)
    await store.write(numbered(25).map((name) => ({ put: ground().key(name), value: Buffer.from('') })))
    expect(await store.count(range)).toBe(25)
    const limited = await store.count(range, { limit: 10 })
    expect(limited === 10 || limited === 25).toBe(true)
    expect(await store.count(range, { limit: 100 })).toBe(25)
  })
}

async function collect(pages: AsyncIterable<StorePage>): Promise<StorePage[]> {
  const all: StorePage[] = []
  for await (const page of pages) all.push(page)
  return all
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
