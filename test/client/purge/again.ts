import { setTimeout as pause } from 'node:timers/promises'
import { openLocalStore } from '../../../src/backends/local/store.ts'
import type { Store } from '../../../src/backends/kv/store.ts'
import { Client } from '../../../src/client/client.ts'
import { planPurge } from '../../../src/client/purge/plan.ts'
import { removeAll } from '../../../src/client/purge/purge.ts'
import type { InstanceInit } from '../../../src/model/instance.ts'
import { unescapeKey } from '../../../src/model/key.ts'
import type { LayoutName } from '../../../src/model/observed.ts'
import type { RawRecord } from '../../../src/model/record.ts'
import { openStore } from '../../backends/etcd/open.ts'
import { patientTarget } from '../../patience.ts'

/** Purged in one go: as many as go into one transaction. */
const ROUND = 125
/** Registrations under way at once. */
const AT_ONCE = 16

/** A way in which a process shows that it lives, with the record being the same as before. */
export interface Way {
  readonly layout: LayoutName
  /** Answers false where the purge was first, and the process is told so. */
  readonly live: (owner: Owner, instance: InstanceInit) => Promise<boolean>
}

interface Owner {
  readonly client: Client
  readonly store: Store
  readonly records: ReadonlyMap<string, readonly RawRecord[]>
}

const registering =
  (layout: LayoutName, keepAlive: boolean) =>
  async ({ client }: Owner, instance: InstanceInit): Promise<boolean> => {
    await client.register(instance, { layout, keepAlive, ...(layout === 'aio' ? {} : { ttl: 600 }) })
    return true
  }

export const ways: Readonly<Record<string, Way>> = {
  'registers again, without keep-alive': { layout: 'kratos', live: registering('kratos', false) },
  'registers again, with keep-alive': { layout: 'kratos', live: registering('kratos', true) },
  'registers again, a record a scheme': { layout: 'kratos-scheme', live: registering('kratos-scheme', false) },
  'registers again, as a bare address': { layout: 'plain', live: registering('plain', false) },
  'registers again, as AIO does': { layout: 'aio', live: registering('aio', false) },
  'renews its AIO record': {
    layout: 'aio',
    live: async ({ client, records }, { id }) => {
      const outcomes = await client.renew(records.get(id) ?? [])
      return outcomes.every(({ result }) => result === 'done')
    },
  },
  'puts the same bytes, as another client does': {
    layout: 'kratos',
    live: async ({ store, records }, { id }) => {
      const puts = (records.get(id) ?? []).map((record) => {
        const put = { put: unescapeKey(record.id), value: record.body as Uint8Array }
        return record.lease === undefined ? put : Object.assign(put, { lease: record.lease })
      })
      await store.write(puts)
      return true
    },
  },
}

export interface Races {
  /** The purge was first: the owner wrote its record anew, or was told that it is gone. */
  removed: number
  /** The owner was first: the purge left its record alone. */
  kept: number
  /** It showed that it lives, and is gone all the same. There may be none. */
  lost: number
}

/**
 * Lets purges of records race against their owners, who at the same time show in that way that they live: so many races at
 * least, and until an owner was first.
 */
export async function race(url: string, way: Way, races: number): Promise<Races> {
  const prefix = `/race/${way.layout}`
  await using purger = await Client.open(patientTarget(url, { prefix, layout: way.layout }))
  await using client = await Client.open(patientTarget(url, { prefix, layout: way.layout }))
  await using store = await storeAt(url)
  const total: Races = { removed: 0, kept: 0, lost: 0 }
  let span = 0
  for (let done = 0; done < races || total.kept === 0; done += ROUND) {
    const instances = Array.from({ length: ROUND }, (_, at) => instanceOf(at, way.layout))
    const records = new Map<string, readonly RawRecord[]>()
    for (const instance of instances) {
      const made = await client.register(instance, way.layout === 'aio' ? {} : { ttl: 600 })
      records.set(instance.id, made.records)
    }
    span = await raceOnce(
      { purger, owner: { client, store, records }, instances, way, delay: Math.random() * span },
      total,
    )
  }
  return total
}

interface Round {
  readonly purger: Client
  readonly owner: Owner
  readonly instances: readonly InstanceInit[]
  readonly way: Way
  /** Milliseconds before the purge begins to remove. */
  readonly delay: number
}

/** Answers the milliseconds that the owners took. */
async function raceOnce({ purger, owner, instances, way, delay }: Round, total: Races): Promise<number> {
  const plan = await planPurge(purger, {
    scope: {},
    inScope: () => true,
    selects: () => true,
    reasons: { asked: () => 'they seem dead' },
    guard: { maxPercent: 100, keepMin: 0 },
    now: Date.now(),
  })
  const began = performance.now()
  const alive = new Set<string>()
  const living = showLife(owner, { instances, way, alive }).then(() => performance.now() - began)
  await pause(delay)
  for await (const { id, result } of removeAll(purger, plan.records)) {
    if (result === 'done') total.removed++
    else if (result === 'changed') total.kept++
    else throw new Error(`a removal of ${id} is ${result}`)
  }
  const span = await living
  for await (const entry of owner.client.entries())
    if (entry.is === 'instance' && isWhole(entry.instance.endpoints, way.layout)) alive.delete(entry.instance.id)
  total.lost += alive.size
  await removeEverything(owner.client)
  return span
}

/** In an order that nobody knows. */
async function showLife(
  owner: Owner,
  { instances, way, alive }: { instances: readonly InstanceInit[]; way: Way; alive: Set<string> },
): Promise<void> {
  const queue = instances.toSorted(() => Math.random() - 0.5).values()
  const work = async () => {
    for (const instance of queue) if (await way.live(owner, instance)) alive.add(instance.id)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

function instanceOf(at: number, layout: LayoutName): InstanceInit {
  const grpc = `grpc://10.0.0.${at}:9000`
  if (layout === 'kratos-scheme') return { name: 'pay', id: `i-${at}`, endpoints: [grpc, `http://10.0.0.${at}:8000`] }
  return { name: 'pay', id: `i-${at}`, endpoints: [layout === 'kratos' ? grpc : `http://10.0.0.${at}:8000`] }
}

function isWhole(endpoints: readonly string[], layout: LayoutName): boolean {
  return endpoints.length === (layout === 'kratos-scheme' ? 2 : 1)
}

async function removeEverything(client: Client): Promise<void> {
  const records: RawRecord[] = []
  for await (const page of client.backend.scan({})) records.push(...page.records)
  for await (const { id, result } of client.remove(records)) if (result !== 'done') throw new Error(`${id}: ${result}`)
}

function storeAt(url: string): Promise<Store> {
  return url.startsWith('etcd:') ? openStore(url) : openLocalStore(url.replace(/^file:/, ''), Date.now)
}
