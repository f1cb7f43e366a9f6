import { describe, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { RecordChange } from '../../../src/backends/contract/backend.ts'
import type { Client, WatchEventsOptions } from '../../../src/client/client.ts'
import type { WatchEvent } from '../../../src/model/change.ts'
import { RollcallError } from '../../../src/model/errors.ts'
import { embedded, scripted } from '../clients.ts'
import { type Body, ScriptedBackend, away, recordOf } from '../scripted-backend.ts'

const put = (id: string, body: Body = {}): RecordChange => ({ put: recordOf(id, body) })
const removed = (id: string): RecordChange => ({ removed: { id, service: id.slice(0, id.indexOf('/')) } })
const lost = (): RollcallError => new RollcallError('history-lost', 'compacted')

/** The next so many events of a watch that goes on. */
function follow(client: Client, options: WatchEventsOptions = {}) {
  const events = client.watch({}, options)[Symbol.asyncIterator]()
  return {
    async take(count: number): Promise<WatchEvent[]> {
      const taken: WatchEvent[] = []
      while (taken.length < count) {
        const { value, done } = await events.next()
        if (done) throw new Error(`the watch ended after ${taken.length} of ${count} events`)
        taken.push(value)
      }
      return taken
    },
    next: () => events.next(),
    stop: async () => void (await events.return?.()),
  }
}

function brief(event: WatchEvent): string {
  const revision = 'revision' in event && event.revision !== undefined ? `@${event.revision}` : ''
  if (!('entry' in event)) return `${event.type}${event.type === 'link' ? ` ${event.state}` : ''}${revision}`
  const changes = event.type === 'updated' ? ` ${event.changes.map(({ field }) => field).join()}` : ''
  return `${event.type} ${event.entry.service}/${event.entry.instance.id}${changes}${revision}`
}

/** A watch that has told its snapshot. */
async function begun(backend: ScriptedBackend, options: WatchEventsOptions = {}) {
  const watch = follow(scripted(backend), options)
  for (let event = 'none'; !event.startsWith('synced'); ) event = brief((await watch.take(1))[0] as WatchEvent)
  const next = watch.take(1)
  await eventually(() => expect(backend.watches.length).toBeGreaterThan(0))
  let first: Promise<WatchEvent[]> | undefined = next
  return {
    ...watch,
    async briefs(count: number): Promise<string[]> {
      const [event] = first ? await first : []
      first = undefined
      const rest = await watch.take(count - (event ? 1 : 0))
      return [...(event ? [event] : []), ...rest].map(brief)
    },
  }
}

describe('watching a real registry', () => {
  it('tells a snapshot, then what is added, updated and removed, each with its revision', async () => {
    await using client = await embedded()
    await client.register({ name: 'pay', id: 'a' })
    const watch = follow(client)
    const [snapshot, synced] = await watch.take(2)
    expect(snapshot).toMatchObject({ type: 'snapshot', entry: { service: 'pay', instance: { id: 'a' } } })
    expect(synced).toMatchObject({ type: 'synced', revision: expect.stringMatching(/^\d+$/) })
    const made = await client.register({ name: 'pay', id: 'b', metadata: { zone: '1' } })
    await client.register({ name: 'pay', id: 'b', version: 'v2', metadata: { zone: '2' } }, { replace: true })
    const [added, updated] = await watch.take(2)
    expect(added).toMatchObject({
      type: 'added',
      entry: { instance: { id: 'b' } },
      revision: made.records[0]?.revision,
    })
    expect(updated).toMatchObject({
      type: 'updated',
      before: { instance: { version: '' } },
      entry: { instance: { version: 'v2' } },
      changes: expect.arrayContaining([{ field: 'version', from: '', to: 'v2' }]),
    })
    const [entry] = await client.find({ id: 'b' })
    for await (const { result } of client.remove(entry?.records ?? [])) expect(result).toBe('done')
    expect(await watch.take(1)).toMatchObject([{ type: 'removed', entry: { instance: { id: 'b', version: 'v2' } } }])
    await watch.stop()
  })

  it('tells what came after a revision, without a snapshot', async () => {
    await using client = await embedded()
    const first = await client.register({ name: 'pay', id: 'a' })
    await client.register({ name: 'pay', id: 'b' })
    await client.register({ name: 'pay', id: 'c' })
    const watch = follow(client, { since: first.records[0]?.revision ?? '' })
    expect((await watch.take(2)).map((event) => brief(event).split('@')[0])).toEqual(['added pay/b', 'added pay/c'])
    await first[Symbol.asyncDispose]()
    expect((await watch.take(1)).map((event) => brief(event).split('@')[0])).toEqual(['removed pay/a'])
    await watch.stop()
  })

  it('tells an instance of several records once for each revision', async () => {
    await using client = await embedded({ layout: 'kratos-scheme' })
    const watch = follow(client)
    await watch.take(1)
    const made = await client.register({ name: 'pay', id: 'a', endpoints: ['grpc://h:1', 'http://h:2'] })
    expect(await watch.take(1)).toMatchObject([
      { type: 'added', entry: { records: [{}, {}] }, revision: expect.stringMatching(/^\d+$/) },
    ])
    await made[Symbol.asyncDispose]()
    const [event] = await watch.take(1)
    expect(event).toMatchObject({ type: 'removed', entry: { instance: { endpoints: ['grpc://h:1', 'http://h:2'] } } })
    await watch.stop()
  })

  it('ends quietly when it is aborted, also while it waits', async () => {
    await using client = await embedded()
    const stop = new AbortController()
    const watch = follow(client, { signal: stop.signal })
    await watch.take(1)
    const next = watch.next()
    stop.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})

describe('watching a registry whose answers are decided here', () => {
  it('puts the revision on its last event, and tells malformed records as no instances', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'), recordOf('pay/b'))
    const watch = await begun(backend)
    expect(backend.watches).toEqual(['1'])
    const changes = [
      put('pay/a', { malformed: true }),
      put('pay/c'),
      put('pay/d', { malformed: true }),
      removed('pay/b'),
    ]
    backend.tell({ is: 'changes', revision: '2', changes })
    expect(await watch.briefs(3)).toEqual(['removed pay/a', 'added pay/c', 'removed pay/b@2'])
    backend.tell({ is: 'changes', revision: '3', changes: [put('pay/d')] })
    expect(await watch.briefs(1)).toEqual(['added pay/d@3'])
    await watch.stop()
  })

  it('tells a renewal only to those who want it', async () => {
    const renewal = { is: 'changes', revision: '2', changes: [put('pay/a', { observed: { renewedAt: 2 } })] } as const
    const marker = { is: 'changes', revision: '3', changes: [put('pay/z')] } as const
    for (const [renewals, expected] of [
      [false, ['added pay/z@3']],
      [true, ['updated pay/a renewedAt@2', 'added pay/z@3']],
    ] as const) {
      const backend = new ScriptedBackend()
      backend.put(recordOf('pay/a', { observed: { renewedAt: 1 } }))
      const watch = await begun(backend, { renewals })
      backend.tell(renewal)
      backend.tell(marker)
      expect(await watch.briefs(expected.length)).toEqual(expected)
      await watch.stop()
    }
  })

  it('tells what begins to match as added and what ceases to as removed', async () => {
    const backend = new ScriptedBackend()
    const of = (version: string) => put('pay/a', { instance: { version } })
    backend.put(recordOf('pay/a', { instance: { version: 'v1' } }), recordOf('pay/b', { instance: { version: 'v2' } }))
    const watch = await begun(backend, { where: ({ instance }) => instance.version === 'v2' })
    backend.tell({ is: 'changes', revision: '2', changes: [of('v2')] })
    backend.tell({ is: 'changes', revision: '3', changes: [of('v3')] })
    backend.tell({
      is: 'changes',
      revision: '4',
      changes: [of('v4'), put('pay/b', { instance: { version: 'v2' }, observed: { weight: 5 } })],
    })
    expect(await watch.briefs(3)).toEqual(['added pay/a@2', 'removed pay/a@3', 'updated pay/b weight@4'])
    await watch.stop()
  })

  it('tells what time alone changes', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a', { until: Date.now() + 150 }), recordOf('pay/b'))
    const watch = await begun(backend)
    expect(await watch.briefs(1)).toEqual(['updated pay/a status@1'])
    backend.tell({ is: 'changes', revision: '2', changes: [put('pay/a', { until: Date.now() + 150 })] })
    expect(await watch.briefs(2)).toEqual(['updated pay/a status@2', 'updated pay/a status@2'])
    await watch.stop()
  })

  it('compares when a registry answers with a whole service', async () => {
    const backend = new ScriptedBackend({ history: false, revision: false })
    backend.put(recordOf('pay/a'), recordOf('pay/b'), recordOf('ship/a'))
    const watch = await begun(backend)
    expect(backend.watches).toEqual([undefined])
    const records = [recordOf('pay/b', { instance: { version: 'v2' } }), recordOf('pay/c')]
    backend.tell({ is: 'state', service: 'pay', records })
    expect(await watch.briefs(3)).toEqual(['removed pay/a', 'updated pay/b version', 'added pay/c'])
    backend.tell({ is: 'state', service: 'ship', records: [] })
    expect(await watch.briefs(1)).toEqual(['removed ship/a'])
    await watch.stop()
  })

  it('misses nothing between the reading and the messages of a registry without a history', async () => {
    const backend = new ScriptedBackend({ history: false, revision: false })
    backend.put(recordOf('pay/a'))
    const watch = follow(scripted(backend))
    const first = await watch.take(1)
    backend.tell({ is: 'changes', changes: [put('pay/b')] })
    expect([...first, ...(await watch.take(2))].map(brief)).toEqual(['snapshot pay/a', 'synced', 'added pay/b'])
    await watch.stop()
  })

  it('mends a lost history: a gap, the differences, synced, and on from there', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a'), recordOf('pay/b'), recordOf('ship/a'))
    const watch = await begun(backend)
    backend.records.delete('ship/a')
    backend.put(recordOf('pay/b', { instance: { version: 'v2' } }), recordOf('pay/c'))
    backend.revision = 9
    backend.scanFailures.push(away())
    backend.fail(lost())
    expect(await watch.briefs(7)).toEqual([
      'gap',
      'link down',
      'updated pay/b version',
      'added pay/c',
      'removed ship/a',
      'link up',
      'synced@9',
    ])
    const next = watch.briefs(1)
    await eventually(() => expect(backend.watches).toEqual(['1', '9']))
    backend.tell({ is: 'changes', revision: '10', changes: [removed('pay/a')] })
    expect(await next).toEqual(['removed pay/a@10'])
    await watch.stop()
  })

  it('leaves it to the caller when the revision to begin at is gone', async () => {
    const backend = new ScriptedBackend()
    const watch = follow(scripted(backend), { since: '1' })
    const next = watch.next()
    next.catch(() => {})
    await eventually(() => expect(backend.watches).toEqual(['1']))
    backend.fail(lost())
    await expect(next).rejects.toMatchObject({ code: 'history-lost' })
  })

  it('passes on that the connection went away and came back, and throws a refusal', async () => {
    const backend = new ScriptedBackend()
    const watch = await begun(backend)
    backend.tell({ is: 'link', state: 'down', message: 'reset' })
    backend.tell({ is: 'link', state: 'up' })
    expect(await watch.briefs(2)).toEqual(['link down', 'link up'])
    const next = watch.next()
    backend.fail(new RollcallError('forbidden', 'you may not'))
    await expect(next).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('asks again and compares where nothing is pushed, through a time without answers', async () => {
    const backend = new ScriptedBackend({ watch: false, history: false, revision: false })
    backend.put(recordOf('pay/a'))
    const watch = follow(scripted(backend))
    await watch.take(2)
    backend.records.delete('pay/a')
    backend.put(recordOf('pay/b'))
    backend.scanFailures.push(away(), away())
    const events = (await watch.take(4)).map(brief)
    expect(events).toEqual(['link down', 'removed pay/a', 'added pay/b', 'link up'])
    expect(backend.watches).toEqual([])
    await watch.stop()
  })
})
