import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../../../src/client/client.ts'
import type { RawRecord } from '../../../src/model/record.ts'

const SERVICE = 'fleet'
const AT_ONCE = 50

/** An instance of the fleet as its own process and a watcher know it. Times in milliseconds, by the steady clock. */
export interface Member {
  readonly id: string
  renews: boolean
  /** When its last renewal was known to be stored. */
  renewedAt: number
  /** When it was seen to be marked as down, each time. */
  readonly downs: number[]
  record: RawRecord | undefined
}

/** Many AIO instances that one process renews, each of which can stop to be renewed. */
export class Fleet implements AsyncDisposable {
  readonly members: readonly Member[]
  /** Ids of those that were marked as down although they were renewed within the TTL. */
  readonly wronglyDown: string[] = []
  /** Ids of those that were rightly marked as down, since the machine did not let them be renewed in time. */
  readonly starved: string[] = []
  readonly #ttl: number
  readonly #client: Client
  readonly #byId: ReadonlyMap<string, Member>
  readonly #stop = new AbortController()
  #running: Promise<unknown> = Promise.resolve()

  private constructor(client: Client, count: number, ttl: number) {
    this.#ttl = ttl
    this.#client = client
    this.members = Array.from({ length: count }, (_, at) => memberOf(at))
    this.#byId = new Map(this.members.map((one) => [one.id, one]))
  }

  /** Registers all of them, and renews them three times in a TTL (milliseconds). */
  static async launch(client: Client, count: number, ttl: number): Promise<Fleet> {
    const fleet = new Fleet(client, count, ttl)
    for (let at = 0; at < count; at += AT_ONCE) {
      const some = fleet.members.slice(at, at + AT_ONCE)
      await Promise.all(some.map(({ id }, port) => register(client, id, at + port)))
    }
    for (const member of fleet.members) member.renewedAt = performance.now()
    fleet.#running = Promise.all([fleet.#watch(), fleet.#renew(ttl / 3)])
    return fleet
  }

  /** Keeps the records current, and tells who was marked. */
  async #watch(): Promise<void> {
    for await (const event of this.#client.watch({ layout: 'aio' }, { renewals: true, signal: this.#stop.signal })) {
      if (!('entry' in event)) continue
      const member = this.#byId.get(event.entry.instance.id)
      if (!member) continue
      member.record = event.entry.records[0]
      if (event.type === 'updated' && event.entry.observed.status === 'down') this.#markedDown(member)
    }
  }

  #markedDown(member: Member): void {
    const now = performance.now()
    member.downs.push(now)
    if (member.renews) (now - member.renewedAt < this.#ttl ? this.wronglyDown : this.starved).push(member.id)
  }

  async #renew(every: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const began = performance.now()
      const renewing = this.members.filter(({ renews, record }) => renews && record)
      const outcomes = await this.#client.renew(renewing.flatMap(({ record }) => record ?? []))
      const done = new Set(outcomes.filter(({ result }) => result === 'done').map(({ id }) => id))
      for (const member of renewing)
        if (member.record && done.has(member.record.id)) member.renewedAt = performance.now()
      await pause(Math.max(0, every - (performance.now() - began)), undefined, { signal: this.#stop.signal }).catch(
        () => {},
      )
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}

function memberOf(at: number): Member {
  return { id: `i-${at}`, renews: true, renewedAt: 0, downs: [], record: undefined }
}

async function register(client: Client, id: string, port: number): Promise<void> {
  const instance = { name: SERVICE, id, endpoints: [`http://10.0.0.1:${port + 1}`] }
  await (await client.register(instance, { layout: 'aio' })).release()
}
