import * as fc from 'fast-check'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SqliteConnection, loadSqlite } from '../../../src/backends/local/sqlite.ts'
import { Client } from '../../../src/client/client.ts'
import { type HistoryQuery, type JournalLine, journalLines } from '../../../src/client/journal/lines.ts'
import { replayed } from '../../../src/client/journal/replay.ts'
import { fileJournal, registryName } from '../../../src/client/journal/source.ts'
import { JournalWriter } from '../../../src/client/journal/writer.ts'
import { eventsOf } from '../../../src/client/watch/events.ts'
import type { WatchEvent } from '../../../src/model/change.ts'
import { ServiceInstance } from '../../../src/model/instance.ts'
import type { InstanceEntry, MalformedEntry } from '../../../src/model/reading.ts'
import { patientTarget } from '../../patience.ts'

const SECOND = 1_000
const BEGINNING = Date.parse('2026-11-30T00:00:00Z')

let folder: string
let path: string
let now: number
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-journal-'))
  path = join(folder, 'j.db')
  now = BEGINNING
})
afterEach(() => rm(folder, { recursive: true }))

const open = (bounds: { keep?: number; size?: number } = {}) =>
  JournalWriter.open(path, { keep: 86_400 * SECOND, size: 1e9, ...bounds, registry: 'test', now: () => now })

function entryOf(id: string, version: string, more: Partial<InstanceEntry> = {}): InstanceEntry {
  const instance = ServiceInstance.from({ id, name: 'pay', version, endpoints: ['grpc://10.0.0.1:1'] })
  const records = [{ id: `/pay/${id}`, service: 'pay', body: new Uint8Array() }]
  return { is: 'instance', service: 'pay', instance, observed: { status: 'up' }, records, ...more }
}

const large = (at: number) => entryOf('a', `v${at}`, { observed: { status: 'up', reason: 'x'.repeat(12_000) } })

function begin(writer: JournalWriter, ...entries: InstanceEntry[]): void {
  writer.begin()
  for (const entry of entries) writer.take({ type: 'snapshot', entry })
  writer.take({ type: 'synced' })
}

async function read(query: { since: number } | { at: number }): Promise<JournalLine[]> {
  const found: JournalLine[] = []
  for await (const line of journalLines(path, query, now)) found.push(line)
  return found
}

async function eventsSince(since: number) {
  return (await read({ since })).flatMap((line) => ('event' in line ? [line.event] : []))
}

/** `id version` of each instance that was there. */
async function thereAt(at: number): Promise<string[]> {
  const found = (await read({ at })).flatMap((line) => ('instance' in line ? [line.instance.instance] : []))
  return found.map(({ id, version }) => `${id} ${version}`).toSorted()
}

async function beginningOf(): Promise<number> {
  const [line] = await read({ since: now })
  if (!line || !('journal' in line)) throw new Error('no first line')
  return Date.parse(line.journal.begins)
}

async function inFile<T>(act: (connection: SqliteConnection) => T): Promise<T> {
  const connection = new SqliteConnection(await loadSqlite(), path)
  try {
    return act(connection)
  } finally {
    connection.close()
  }
}

const hostile = (fill: string): InstanceEntry => {
  const id = `\u0000\u001b[2J\ud800${'x'.repeat(5_000)}`
  const instance = ServiceInstance.from({ id, name: 'pay\u0007', metadata: { fill: fill.repeat(300_000) } })
  return entryOf('', '', { service: 'pay\u0007\n', instance })
}

const malformed = (message: string): MalformedEntry => {
  const record = { id: '/pay/x', service: 'pay', body: new Uint8Array(), lease: '7f' }
  return { is: 'malformed', service: 'pay', problem: { code: 'not-json', message }, record }
}

describe('a journal within its bounds', () => {
  it('knows what was there at every time that it keeps, whatever happened and whenever it was written', async () => {
    const step = fc.record({
      id: fc.constantFrom('a', 'b', 'c'),
      version: fc.constantFrom('v1', 'v2', 'gone'),
      wait: fc.integer({ min: 1, max: 40 }),
      restart: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
      tick: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await rm(path, { force: true })
        now = BEGINNING
        let writer = await open({ keep: 100 })
        const state = new Map<string, InstanceEntry>()
        const past: [at: number, there: string[]][] = []
        const note = () =>
          past.push([now, [...state.values()].map(({ instance }) => `${instance.id} ${instance.version}`).toSorted()])
        begin(writer)
        note()
        for (const { id, version, wait, restart, tick } of steps) {
          now += wait
          const before = state.get(id)
          const after = version === 'gone' ? undefined : entryOf(id, version)
          if (after) state.set(id, after)
          else state.delete(id)
          if (restart) {
            writer[Symbol.dispose]()
            writer = await open({ keep: 100 })
            begin(writer, ...state.values())
          } else {
            const change = { ...(before && { before }), ...(after && { after }) }
            for (const event of eventsOf([change], {})) writer.take(event)
          }
          note()
          if (tick) writer.tick()
        }
        const begins = await beginningOf()
        for (const [at, there] of past) if (at >= begins) expect(await thereAt(at), `at ${at}`).toEqual(there)
        expect(begins).toBeLessThanOrEqual(now)
        await expect(read({ at: begins - 1 })).rejects.toMatchObject({ code: 'history-lost' })
        writer[Symbol.dispose]()
      }),
      { numRuns: 60 },
    )
  })

  it('lets go of events after --keep, and knows since when what stays has been there', async () => {
    using writer = await open({ keep: 60 * SECOND })
    begin(writer)
    now += SECOND
    const came = now
    writer.take({ type: 'added', entry: entryOf('a', 'v1') })
    now += 59 * SECOND
    writer.tick()
    expect(await eventsSince(0)).toMatchObject([{ type: 'synced' }, { type: 'added' }])
    now += 10 * SECOND
    writer.tick()
    expect(await eventsSince(0)).toEqual([])
    expect(await thereAt(now)).toEqual(['a v1'])
    writer.take({ type: 'removed', entry: entryOf('a', 'v1') })
    expect(await eventsSince(0)).toMatchObject([
      { type: 'removed', since: new Date(came).toISOString(), instance: { version: 'v1' } },
    ])
  })

  it('stays below --journal-size, by the oldest events', async () => {
    const size = 1e6
    using writer = await open({ size })
    begin(writer)
    const total = 12_000
    for (let at = 0; at < total; at++) {
      now += SECOND
      const [before, after] = [entryOf('a', `v${at}`), entryOf('a', `v${at + 1}`)]
      for (const event of eventsOf([at === 0 ? { after } : { before, after }], {})) writer.take(event)
      if (at % 1_000 === 0) expect((await stat(path)).size).toBeLessThanOrEqual(size)
    }
    expect((await stat(path)).size).toBeLessThanOrEqual(size)
    const events = await eventsSince(0)
    expect(events.length).toBeGreaterThan(500)
    expect(events.length).toBeLessThan(total)
    expect(events.at(-1)).toMatchObject({ instance: { version: `v${total}` } })
    expect(await beginningOf()).toBeGreaterThan(BEGINNING)
  })

  it('gives back what its file has beyond a smaller --journal-size', async () => {
    {
      using writer = await open()
      begin(writer)
      for (let at = 0; at < 1_000; at++) {
        const change = at === 0 ? { after: large(1) } : { before: large(at), after: large(at + 1) }
        for (const event of eventsOf([change], {})) writer.take(event)
      }
    }
    const size = 2e6
    expect((await stat(path)).size).toBeGreaterThan(5 * size)
    using writer = await open({ size })
    begin(writer, large(1_000))
    for (let tick = 0; tick < 20; tick++) {
      now += SECOND
      writer.tick()
    }
    await inFile((connection) => connection.checkpoint())
    expect((await stat(path)).size).toBeLessThanOrEqual(size)
  })

  it('is refused for a time that it lets go of while that is read, and never answers in part', async () => {
    using writer = await open({ keep: 60 * SECOND })
    const many = Array.from({ length: 1_200 }, (_, at) => entryOf(`p-${at}`, 'v1'))
    begin(writer, ...many)
    const lines = journalLines(path, { at: now }, now)
    for (let line = 0; line < 10; line++) await lines.next()
    now += SECOND
    for (const event of eventsOf([{ before: entryOf('p-999', 'v1'), after: entryOf('p-999', 'v2') }], {}))
      writer.take(event)
    now += 100 * SECOND
    writer.tick()
    const rest = async () => {
      for await (const line of lines) expect(line).toHaveProperty('instance')
    }
    await expect(rest()).rejects.toMatchObject({ code: 'history-lost' })
  })

  it('shows as a gap what it lets go of while its history is read', async () => {
    using writer = await open({ keep: 60 * SECOND })
    begin(writer)
    const changes = (from: number, to: number) => {
      for (let at = from; at < to; at++) {
        now += 10
        const [before, after] = [entryOf('a', `v${at}`), entryOf('a', `v${at + 1}`)]
        for (const event of eventsOf([at === 0 ? { after } : { before, after }], {})) writer.take(event)
      }
    }
    changes(0, 1_000)
    const lines = journalLines(path, { since: BEGINNING }, now)
    for (let line = 0; line < 10; line++) await lines.next()
    changes(1_000, 1_100)
    now += 63 * SECOND
    writer.tick()
    changes(1_100, 1_200)
    const rest: JournalLine[] = []
    for await (const line of lines) rest.push(line)
    const seen = rest.flatMap((line) => ('event' in line ? [line.event] : []))
    const gap = seen.findIndex(({ type }) => type === 'gap')
    expect(seen[gap]).toMatchObject({ until: new Date(await beginningOf()).toISOString() })
    expect(seen.slice(gap + 1)).toHaveLength(100)
    expect(seen.slice(gap + 1)).toEqual(await eventsSince(0))
  })

  it('is begun later by a watch since a time that it lets go of meanwhile', async () => {
    await using client = await Client.open(patientTarget(`file:${join(folder, 'r.db')}`))
    await client.register({ name: 'pay', id: 'a', endpoints: ['grpc://10.0.0.1:1'] }, { ttl: 60 })
    const registry = registryName(client.target)
    using writer = await JournalWriter.open(path, { keep: 60 * SECOND, size: 1e9, registry, now: () => now })
    begin(writer)
    const file = fileJournal(path, () => now)
    const begins: string[] = []
    const journal = {
      read(query: HistoryQuery) {
        if ('at' in query && begins.length < 3) {
          now += 100 * SECOND
          writer.take({ type: 'synced' })
          now += 100 * SECOND
          writer.tick()
        }
        return file.read(query)
      },
    }
    const stop = new AbortController()
    const options = { since: BEGINNING - 1, signal: stop.signal, onShort: (time: string) => begins.push(time) }
    const seen: string[] = []
    for await (const { event } of replayed(client, {}, journal, options)) {
      seen.push(event.type)
      if (event.type === 'synced') stop.abort()
    }
    expect(begins).toHaveLength(3)
    expect(seen).toContain('added')
  })

  it('keeps little of a hostile instance, and still sees it change', async () => {
    const size = 2e6
    using writer = await open({ size })
    begin(writer)
    writer.take({ type: 'added', entry: hostile('a') })
    for (let turn = 0; turn < 50; turn++)
      for (const event of eventsOf(
        [
          { before: hostile('a'), after: hostile('b') },
          { before: hostile('b'), after: hostile('a') },
        ],
        {},
      ))
        writer.take(event)
    const events = await eventsSince(0)
    expect(events.length).toBe(102)
    expect(events[2]).toMatchObject({ type: 'updated', service: 'pay\u0007\n', changes: [{ field: 'metadata' }] })
    const { instance } = events[1] ?? {}
    expect(instance).toMatchObject({ metadata: {}, cut: { characters: expect.any(Number) } })
    expect(instance?.id.length).toBeLessThan(600)
    expect((await stat(path)).size).toBeLessThan(1e6)
    expect(await inFile((connection) => connection.value('PRAGMA integrity_check'))).toBe('ok')
  })
})

describe('what a journal notes', () => {
  it('is nothing of an instance that is still there, whatever characters its long name has', async () => {
    using writer = await open()
    const names = ['a', 'b'].map((end) => '\u{1f600}'.repeat(400) + end).flatMap((name) => [name, `x${name}`])
    const entries = names.map((id) => entryOf(id, 'v1'))
    begin(writer, ...entries)
    begin(writer, ...entries)
    expect((await eventsSince(0)).filter(({ type }) => type !== 'synced' && type !== 'gap')).toEqual([])
    expect(await thereAt(now)).toHaveLength(names.length)
  })

  it('is a malformed record, its other fault and its end', async () => {
    using writer = await open()
    begin(writer)
    const events: WatchEvent[] = [
      { type: 'malformed', malformed: malformed('one') },
      { type: 'malformed', malformed: malformed('two') },
      { type: 'malformed', malformed: malformed('two'), gone: true, revision: '9' },
    ]
    for (const event of events) {
      now += SECOND
      writer.take(event)
    }
    const [, one, two, gone] = await eventsSince(0)
    expect(one).toMatchObject({ type: 'malformed', key: '/pay/x', lease: '7f', problem: 'not-json', message: 'one' })
    expect(two).toMatchObject({ message: 'two', since: one?.at })
    expect(gone).toMatchObject({ gone: true, message: 'two', since: one?.at, revision: '9' })
    expect((await read({ at: now - SECOND })).filter((line) => 'malformed' in line)).toHaveLength(1)
    expect((await read({ at: now })).filter((line) => 'malformed' in line)).toHaveLength(0)
  })

  it('is no renewal', async () => {
    using writer = await open()
    const [before, after] = [1, 2].map((renewedAt) => entryOf('a', 'v1', { observed: { status: 'up', renewedAt } }))
    begin(writer, ...(before ? [before] : []))
    for (const event of eventsOf([{ ...(before && { before }), ...(after && { after }) }], { renewals: true }))
      writer.take(event)
    expect(await eventsSince(0)).toMatchObject([{ type: 'synced' }])
  })

  it('is an instance whose records are others as the same one', async () => {
    using writer = await open()
    const one = entryOf('a', 'v1')
    const two = entryOf('a', 'v1', {
      records: [...one.records, { id: '/pay/http/a', service: 'pay', body: new Uint8Array() }],
    })
    begin(writer)
    now += SECOND
    writer.take({ type: 'added', entry: one })
    now += SECOND
    for (const event of eventsOf([{ before: one, after: two }], {})) writer.take(event)
    expect(await thereAt(now)).toEqual(['a v1'])
    const [, added, updated] = await eventsSince(0)
    expect(updated).toMatchObject({ changes: [{ field: 'keys' }], since: added?.at })
    now += SECOND
    writer.take({ type: 'removed', entry: two })
    expect(await thereAt(now)).toEqual([])
  })

  it('is a gap where the registry was away for long, and none for a moment', async () => {
    using writer = await open()
    begin(writer, entryOf('a', 'v1'))
    for (const away of [500, 5_000]) {
      now += SECOND
      writer.take({ type: 'link', state: 'down', message: 'nobody answers' })
      expect(await eventsSince(0)).toMatchObject([{}, { type: 'gap', message: 'nobody answers' }])
      now += away
      writer.take({ type: 'link', state: 'up' })
    }
    const [, gap, ...others] = await eventsSince(0)
    expect(others).toEqual([])
    expect(gap?.until).toBe(new Date(now).toISOString())
  })

  it('is a lost history of the registry, and what is found after it', async () => {
    using writer = await open()
    begin(writer, entryOf('a', 'v1'))
    now += SECOND
    writer.take({ type: 'gap', message: 'compacted' })
    writer.take({ type: 'removed', entry: entryOf('a', 'v1') })
    writer.take({ type: 'synced', revision: '7' })
    writer.take({ type: 'added', entry: entryOf('b', 'v1'), revision: '8' })
    expect((await eventsSince(0)).slice(1)).toMatchObject([
      { type: 'gap', message: 'compacted', until: new Date(now).toISOString() },
      { type: 'removed', found: true },
      { type: 'synced', revision: '7' },
      { type: 'added', revision: '8' },
    ])
  })

  it('never goes back in time with the clock', async () => {
    using writer = await open()
    begin(writer)
    now -= 3_600 * SECOND
    writer.take({ type: 'added', entry: entryOf('a', 'v1') })
    now += 3_600 * SECOND
    expect((await eventsSince(0)).map(({ at }) => Date.parse(at))).toEqual([BEGINNING, BEGINNING])
  })
})
