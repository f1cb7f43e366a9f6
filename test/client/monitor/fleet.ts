import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../../../src/client/client.ts'
import type { InstanceEntry } from '../../../src/model/reading.ts'

const SERVICE = 'fleet'
const AT_ONCE = 50

/** An instance of the fleet. */
export interface Member {
  readonly id: string
  renews: boolean
  /** Each time it was marked as down: the milliseconds since its last renewal, as the record has both. */
  readonly marks: Map<number, number>
}

/** Many AIO instances that one process renews, each of which can stop to be renewed. */
export class Fleet implements AsyncDisposable {
  readonly members: readonly Member[]
  /** Ids of those that were marked as down although they were renewed within the TTL. */
  readonly wronglyDown: string[] = []
  /** Ids of those that were rightly marked as down, since the machine did not let them be renewed in time. */
  readonly starved: string[] = []
  readonly #client: Client
  readonly #ttl: number
  readonly #byId: ReadonlyMap<string, Member>
  readonly #stop = new AbortController()
  #running: Promise<void> = Promise.resolve()

  private constructor(client: Client, count: number, ttl: number) {
    this.#client = client
    this.#ttl = ttl
    this.members = Array.from({ length: count }, (_, at) => ({ id: `i-${at}`, renews: true, marks: new Map() }))
    this.#byId = new Map(this.members.map((one) => [one.id, one]))
  }

  /** Registers all of them, and renews them three times in a TTL (milliseconds). */
  static async launch(client: Client, count: number, ttl: number): Promise<Fleet> {
    const fleet = new Fleet(client, count, ttl)
    for (let at = 0; at < count; at += AT_ONCE) {
      const some = fleet.members.slice(at, at + AT_ONCE)
      await Promise.all(some.map(({ id }, port) => register(client, id, at + port)))
    }
    fleet.#running = fleet.#renew()
    return fleet
  }

  /** A renewal takes the place of what was read and nothing else, so every mark is read before it is gone. */
  async #renew(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const began = performance.now()
      const entries = await this.#client.find({ service: SERVICE })
      for (const entry of entries) this.#look(entry)
      const renewing = entries.filter(({ instance }) => this.#byId.get(instance.id)?.renews)
      await this.#client.renew(renewing.flatMap(({ records }) => records))
      const rest = this.#ttl / 3 - (performance.now() - began)
      await pause(Math.max(0, rest), undefined, { signal }).catch(() => {})
    }
  }

  #look({ instance, observed: { offlineAt, renewedAt = 0 } }: InstanceEntry): void {
    const member = this.#byId.get(instance.id)
    if (!member || offlineAt === undefined || member.marks.has(offlineAt)) return
    const late = offlineAt - renewedAt
    member.marks.set(offlineAt, late)
    if (late <= this.#ttl) this.wronglyDown.push(member.id)
    else if (member.renews) this.starved.push(member.id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}

async function register(client: Client, id: string, port: number): Promise<void> {
  const instance = { name: SERVICE, id, endpoints: [`http://10.0.0.1:${port + 1}`] }
  await (await client.register(instance, { layout: 'aio' })).release()
}
