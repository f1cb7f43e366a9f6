import { setTimeout as pause } from 'node:timers/promises'
import { Client } from '../../../src/client/client.ts'
import { planPurge } from '../../../src/client/purge/plan.ts'
import { removeAll } from '../../../src/client/purge/purge.ts'
import type { InstanceInit } from '../../../src/model/instance.ts'
import { patientTarget } from '../../patience.ts'

/** Purged in one go: as many as go into one transaction. */
const ROUND = 125
/** Registrations under way at once. */
const AT_ONCE = 16

/** What came of so many races, in numbers of instances. */
export interface Races {
  readonly races: number
  /** The purge was first: the owner wrote its record anew. */
  removed: number
  /** The owner was first: the purge left its record alone. */
  changed: number
  /** Registered, and gone all the same. There may be none. */
  lost: number
}

/**
 * Lets a purge of dead records race against their owners, who register again just then: half of them in AIO's layout, said
 * to be down, half in Kratos', without a lease. What has registered has to be there afterwards.
 */
export async function race(url: string, races: number): Promise<Races> {
  await using purger = await Client.open(patientTarget(url))
  await using owner = await Client.open(patientTarget(url))
  const total: Races = { races, removed: 0, changed: 0, lost: 0 }
  let span = 0
  for (let left = races; left > 0; left -= ROUND) {
    const instances = Array.from({ length: Math.min(ROUND, left) }, (_, at) => instanceOf(at))
    span = await raceOnce({ purger, owner, instances, delay: Math.random() * span }, total)
  }
  return total
}

interface Round {
  readonly purger: Client
  readonly owner: Client
  readonly instances: readonly InstanceInit[]
  /** Milliseconds before the purge begins to remove. */
  readonly delay: number
}

/** Answers the milliseconds that the registrations took. */
async function raceOnce({ purger, owner, instances, delay }: Round, total: Races): Promise<number> {
  for (const instance of instances) await die(owner, instance)
  const plan = await planPurge(purger, {
    scope: {},
    inScope: () => true,
    selects: () => true,
    reasons: { statuses: ['down'], noLease: true },
    guard: { maxPercent: 100, keepMin: 0 },
    now: Date.now(),
  })
  if (plan.records.length !== instances.length) throw new Error(`${plan.records.length} dead, not ${instances.length}`)
  const began = performance.now()
  const registering = registerAll(owner, instances).then(() => performance.now() - began)
  await pause(delay)
  for await (const { result } of removeAll(purger, plan.records)) {
    if (result === 'done') total.removed++
    else if (result === 'changed') total.changed++
    else throw new Error(`a removal is ${result}`)
  }
  const span = await registering
  total.lost += instances.length - (await removeLiving(owner))
  return span
}

function instanceOf(at: number): InstanceInit {
  return {
    name: at % 2 === 0 ? 'mailer' : 'payments',
    id: `i-${at}`,
    version: 'v1',
    endpoints: ['http://10.0.0.1:8080'],
  }
}

async function die(owner: Client, instance: InstanceInit): Promise<void> {
  if (instance.name === 'payments') {
    await owner.register(instance, { ttl: null })
    return
  }
  const { records } = await owner.register({ ...instance, version: '' }, { layout: 'aio' })
  await owner.setStatus(records, 'down')
}

/** In an order that nobody knows; a Kratos process comes back as another version, on a lease. */
async function registerAll(owner: Client, instances: readonly InstanceInit[]): Promise<void> {
  const queue = instances.toSorted(() => Math.random() - 0.5).values()
  const work = async () => {
    for (const instance of queue) {
      if (instance.name === 'payments') await owner.register({ ...instance, version: 'v2' }, { replace: true, ttl: 60 })
      else await owner.register({ ...instance, version: '' }, { layout: 'aio', replace: true })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

/** Answers how many were up. */
async function removeLiving(owner: Client): Promise<number> {
  const records = []
  let living = 0
  for await (const entry of owner.entries()) {
    if (entry.is !== 'instance') throw new Error(`${entry.record.id} is ${entry.is}`)
    const again = entry.instance.name === 'mailer' || entry.instance.version === 'v2'
    if (entry.observed.status === 'up' && again) living++
    records.push(...entry.records)
  }
  for await (const { result } of owner.remove(records)) if (result !== 'done') throw new Error(`a removal is ${result}`)
  return living
}
