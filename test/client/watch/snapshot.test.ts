import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordChange } from '../../../src/backends/contract/backend.ts'
import { Entries } from '../../../src/client/entries.ts'
import { eventsOf } from '../../../src/client/watch/events.ts'
import { InstanceSnapshot } from '../../../src/client/watch/snapshot.ts'
import { firstReading, rescan } from '../../../src/client/watch/rescan.ts'
import type { WatchEvent } from '../../../src/model/change.ts'
import { silent } from '../../../src/model/logger.ts'
import type { Entry, InstanceEntry } from '../../../src/model/reading.ts'
import { type Body, ScriptedBackend, recordOf } from '../scripted-backend.ts'

const service = fc.constantFrom('pay', 'pay-admin', 'ship')
const body: fc.Arbitrary<Body> = fc.oneof(
  fc.constant({ malformed: true }),
  fc.record({
    instance: fc.record({
      version: fc.constantFrom('', 'v1', 'v2'),
      endpoints: fc.subarray(['grpc://h:1', 'http://h:2', 'ws://h:3']),
    }),
    observed: fc.record({ status: fc.constantFrom('up', 'warning', 'down') }),
  }),
  // Parts: whatever the record, its mark says whose part it is.
  fc.record({
    instance: fc.record({
      id: fc.constant('x'),
      endpoints: fc.subarray(['grpc://h:1', 'http://h:2'], { minLength: 1 }),
    }),
    groupKey: fc.constantFrom('x', 'y'),
  }),
)
const record = fc
  .tuple(service, fc.constantFrom('1/a', '1/b', '2/a', '2/é', '2/\\x00'))
  .map(([name, rest]) => `${name}/${rest}`)
const change: fc.Arbitrary<RecordChange> = fc.oneof(
  fc.tuple(record, body).map(([id, value]) => ({ put: recordOf(id, value) })),
  record.map((id) => ({ removed: { id, service: id.slice(0, id.indexOf('/')) } })),
)
/** One revision never has two changes of one record. */
const revision = fc.uniqueArray(change, { selector: (one) => ('put' in one ? one.put : one.removed).id, maxLength: 5 })

/** What a client that only hears the events knows, taken in revision by revision. */
class Model {
  readonly entries = new Map<string, InstanceEntry>()

  hear(events: readonly WatchEvent[]): void {
    for (const event of events) {
      if (event.type === 'removed') this.#forget(event.entry)
      if (event.type === 'updated') this.#forget(event.before)
    }
    for (const event of events) if (event.type === 'added' || event.type === 'updated') this.#learn(event.entry)
  }

  #learn(entry: InstanceEntry): void {
    expect(this.entries.has(nameOf(entry))).toBe(false)
    this.entries.set(nameOf(entry), entry)
  }

  #forget(entry: InstanceEntry): void {
    expect(this.entries.delete(nameOf(entry))).toBe(true)
  }
}

const nameOf = ({ records }: InstanceEntry): string => records.map(({ id }) => id).join()

async function scanned(backend: ScriptedBackend): Promise<Map<string, InstanceEntry>> {
  const entries = new Map<string, InstanceEntry>()
  for await (const entry of new Entries({ backend, logger: silent, now: Date.now, registry: '' }, {}, {})) {
    if (entry.is === 'instance') entries.set(nameOf(entry), entry)
  }
  return entries
}

/** What is told of an instance: endpoints are a set, as in Kratos; which of its records were rewritten with the same content is not told. */
function content(entries: ReadonlyMap<string, InstanceEntry>) {
  return [...entries]
    .map(([name, { service: under, instance, observed }]) => ({
      name,
      under,
      instance: { ...instance, endpoints: instance.endpoints.toSorted() },
      status: observed.status,
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

describe('a snapshot of a registry', () => {
  it('tells events that lead to what a fresh scan finds, whatever changes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(revision, { maxLength: 12 }), async (revisions) => {
        const backend = new ScriptedBackend()
        const snapshot = new InstanceSnapshot({ backend, now: Date.now })
        const model = new Model()
        for (const changes of revisions) {
          backend.tell({ is: 'changes', changes })
          model.hear(eventsOf(snapshot.apply(changes), {}))
        }
        expect(content(model.entries)).toEqual(content(await scanned(backend)))
      }),
      { numRuns: 500 },
    )
  })

  it('passes on page by page what the first reading found, each instance once, whole and in the order of its records', async () => {
    const some = fc.uniqueArray(fc.tuple(record, body), { selector: ([id]) => id, maxLength: 14 })
    await fc.assert(
      fc.asyncProperty(some, async (found) => {
        const backend = new ScriptedBackend()
        backend.put(...found.map(([id, value]) => recordOf(id, value)))
        const source = { backend, capabilities: backend.capabilities(), logger: silent, now: Date.now, registry: '' }
        const filled = new InstanceSnapshot(source)
        const first: Entry[] = []
        for await (const entries of firstReading(source, filled, {}, {})) first.push(...entries)
        const all: InstanceEntry[] = []
        for await (const changes of rescan(source, new InstanceSnapshot(source), {}, {}))
          all.push(...changes.flatMap((one) => ('after' in one ? (one.after ?? []) : [])))
        expect(first).toEqual(all)
      }),
      { numRuns: 500 },
    )
  })

  it('knows after the first reading what a scan finds: another one tells nothing', async () => {
    const some = fc.uniqueArray(fc.tuple(record, body), { selector: ([id]) => id, maxLength: 14 })
    await fc.assert(
      fc.asyncProperty(some, async (found) => {
        const backend = new ScriptedBackend()
        backend.put(...found.map(([id, value]) => recordOf(id, value)))
        const source = { backend, capabilities: backend.capabilities(), logger: silent, now: Date.now, registry: '' }
        const snapshot = new InstanceSnapshot(source)
        for await (const first of firstReading(source, snapshot, {}, {})) void first
        for await (const changes of rescan(source, snapshot, {}, {})) expect(eventsOf(changes, {})).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('tells when a record becomes malformed and when it goes, where that is asked for', async () => {
    const options = { malformed: () => true }
    await fc.assert(
      fc.asyncProperty(
        fc.array(revision, { maxLength: 6 }),
        fc.array(revision, { maxLength: 6 }),
        async (before, revisions) => {
          const backend = new ScriptedBackend()
          for (const changes of before) backend.tell({ is: 'changes', changes })
          const source = { backend, capabilities: backend.capabilities(), logger: silent, now: Date.now, registry: '' }
          const snapshot = new InstanceSnapshot({ ...source, malformed: true })
          const known = new Set<string>()
          const hear = (events: readonly WatchEvent[]): void => {
            for (const event of events) {
              if (event.type !== 'malformed') continue
              const { id } = event.malformed.record
              expect(known.has(id)).toBe(event.gone === true)
              if (event.gone) known.delete(id)
              else known.add(id)
            }
          }
          for await (const entries of firstReading(source, snapshot, {}, {}))
            for (const entry of entries) if (entry.is === 'malformed') hear([{ type: 'malformed', malformed: entry }])
          for (const [at, changes] of revisions.entries()) {
            backend.tell({ is: 'changes', changes })
            if (at % 2 === 0) hear(eventsOf(snapshot.apply(changes), options))
            else for await (const found of rescan(source, snapshot, {}, {})) hear(eventsOf(found, options))
          }
          const there = new Set<string>()
          for await (const entry of new Entries(source, {}, {}))
            if (entry.is === 'malformed') there.add(entry.record.id)
          expect(known).toEqual(there)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('tells the differences of a scan that lead to what the scan found', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(revision, { maxLength: 6 }),
        fc.array(revision, { maxLength: 6 }),
        async (seen, missed) => {
          const backend = new ScriptedBackend()
          const snapshot = new InstanceSnapshot({ backend, now: Date.now })
          const model = new Model()
          for (const changes of seen) {
            backend.tell({ is: 'changes', changes })
            model.hear(eventsOf(snapshot.apply(changes), {}))
          }
          for (const changes of missed) backend.tell({ is: 'changes', changes })
          const source = { backend, capabilities: backend.capabilities(), logger: silent, now: Date.now, registry: '' }
          for await (const changes of rescan(source, snapshot, {}, {})) model.hear(eventsOf(changes, {}))
          expect(content(model.entries)).toEqual(content(await scanned(backend)))
        },
      ),
      { numRuns: 500 },
    )
  })
})
