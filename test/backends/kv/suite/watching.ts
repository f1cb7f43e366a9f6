import { expect, it } from 'vitest'
import { numbered, revisionOf, type Ground } from './ground.ts'
import { describeChange, type WatchLog } from './watch-log.ts'

export function watching(ground: () => Ground): void {
  const told = (log: WatchLog) => {
    const base = Buffer.from(ground().base).toString()
    return log.changes().map((change) => describeChange(change).replace(base, ''))
  }

  it('tells puts and deletes in order, each with its revision', async () => {
    const log = await ground().watch()
    const revisions: string[] = []
    for (const change of [() => ground().put('a', '1'), () => ground().put('a', '2'), () => ground().remove('a')]) {
      revisions.push(await change())
      if (ground().store.unordered) await log.until(() => log.changes().length === revisions.length)
    }
    await log.until(() => log.changes().length === 3)
    expect(told(log)).toEqual(['+a=1', '+a=2', '-a'])
    if (!ground().store.unordered) expect(log.revisions()).toEqual(revisions)
  })

  it('tells a put record as a scan shows it', async () => {
    const { store } = ground()
    const { lease } = await store.grant(60)
    const log = await ground().watch()
    await ground().put(ground().strange, Buffer.from('c328', 'hex'), lease)
    await log.until(() => log.changes().length === 1)
    const [record] = await ground().records()
    const [change] = log.changes()
    if (!record || !change || !('put' in change)) throw new Error('no record, or no put')
    expect(plain(change.put)).toEqual(plain(record))
  })

  it('tells nothing that lies outside its range', async () => {
    const range = { start: ground().key('b/'), end: ground().key('b0') }
    const log = await ground().watch(range)
    for (const rest of ['b', 'b/in', 'b0', 'a/out', 'b/last']) await ground().put(rest)
    await log.until(() => told(log).includes('+b/last=value'))
    expect(told(log)).toEqual(['+b/in=value', '+b/last=value'])
  })

  it('tells all changes of one revision at once', async ({ skip }) => {
    skip(ground().store.unordered === true, 'this store does not tell them apart')
    await ground().put('old')
    const log = await ground().watch()
    const puts = numbered(99).map((name) => ({ put: ground().key(name), value: Buffer.from('') }))
    const outcomes = await ground().store.write([...puts, { delete: ground().key('old') }], { atomic: true })
    await log.until(() => log.changes().length > 0)
    expect(log.groups().map((group) => [group.revision, group.changes.length])).toEqual([
      [revisionOf(outcomes[0]), 100],
    ])
  })

  it('tells what is there in the end when much is written at once', async () => {
    const log = await ground().watch()
    const names = numbered(200)
    for (const value of ['1', '2', '3']) await Promise.all(names.map((name) => ground().put(name, value)))
    await ground().store.write(names.slice(0, 50).map((name) => ({ delete: ground().key(name) })))
    await ground().put('last')
    const picture = () => {
      const records = new Map<string, string>()
      for (const change of log.changes())
        if ('put' in change) records.set(ground().rest(change.put.key), Buffer.from(change.put.value).toString())
        else records.delete(ground().rest(change.removed))
      return Object.fromEntries(records)
    }
    await log.until(() => 'last' in picture() && Object.keys(picture()).length === 151)
    expect(picture()).toEqual(await ground().texts())
  })

  it('loses and repeats nothing when much is written at once', async ({ skip }) => {
    skip(ground().store.unordered === true, 'this store tells what is there, not what was')
    const log = await ground().watch()
    const names = numbered(200)
    await Promise.all(names.map((name) => ground().put(name)))
    const batch = names.map((name) => ({ delete: ground().key(name) }))
    await ground().store.write(batch)
    await log.until(() => log.changes().length >= 400)
    const put = told(log).filter((change) => change.startsWith('+'))
    expect(put.toSorted()).toEqual(names.map((name) => `+${name}=value`))
    expect(log.changes()).toHaveLength(400)
    const revisions = log.revisions().map(BigInt)
    expect(revisions.every((revision, at) => at === 0 || revision > (revisions[at - 1] ?? 0n))).toBe(true)
  })

  it('tells every watcher', async () => {
    const logs = [await ground().watch(), await ground().watch()]
    for (const log of logs) log.forget()
    await ground().put('a')
    for (const log of logs) {
      await log.until(() => told(log).includes('+a=value'))
      expect(told(log).filter((change) => !change.includes('mark'))).toEqual(['+a=value'])
    }
  })

  it('goes on from an earlier revision, where the store has history', async ({ skip }) => {
    if (!ground().store.history) skip('this store keeps no history')
    await ground().put('a', 'before')
    const since = await ground().put('a', 'since')
    await ground().put('a', 'after')
    await ground().remove('a')
    const log = ground().follow(ground().range, since)
    await log.until(() => log.changes().length >= 2)
    await ground().put('b', 'live')
    await log.until(() => log.changes().length >= 3)
    expect(told(log)).toEqual(['+a=after', '-a', '+b=live'])
  })

  it('goes on from an earlier revision without a gap while others write', async ({ skip }) => {
    if (!ground().store.history) skip('this store keeps no history')
    const since = await ground().put('start')
    const names = numbered(300)
    const writing = Promise.all(names.map((name) => ground().put(name)))
    const log = ground().follow(ground().range, since)
    await writing
    await log.until(() => log.changes().length >= 300)
    expect(told(log).toSorted()).toEqual(names.map((name) => `+${name}=value`))
  })
}

function plain(record: { key: Uint8Array; value: Uint8Array }): object {
  return { ...record, key: Buffer.from(record.key).toString('hex'), value: Buffer.from(record.value).toString('hex') }
}
