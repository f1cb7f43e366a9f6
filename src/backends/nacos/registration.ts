import type { RawRecord } from '../../model/record.ts'
import type { Registration } from '../contract/backend.ts'
import { mapAbreast } from './abreast.ts'
import type { Placed } from './api.ts'
import { readFamily } from './service-group.ts'
import { beatsOf } from './host.ts'
import type { Nacos } from './context.ts'
import { hostAt, servicesOf, settled } from './settle.ts'

/** What was registered, a record for each endpoint. */
export class NacosRegistration implements Registration {
  readonly action: Registration['action']
  readonly records: readonly RawRecord[]
  readonly beatEvery?: number
  readonly beat?: Registration['beat']
  expiresAt?: number
  unhealthyAt?: number
  readonly #nacos: Nacos
  readonly #placed: readonly Placed[]
  #ended = false

  /** `beatEvery` in milliseconds; left out for what lives without heartbeats of ours. */
  constructor(
    nacos: Nacos,
    made: {
      readonly action: Registration['action']
      readonly records: readonly RawRecord[]
      readonly placed: readonly Placed[]
      readonly beatEvery?: number
    },
  ) {
    const { action, records, placed, beatEvery } = made
    this.#nacos = nacos
    this.#placed = placed
    this.action = action
    this.records = records
    if (beatEvery === undefined) return
    this.beatEvery = beatEvery
    this.beat = (signal) => this.#beat(signal)
    this.#extend()
  }

  async #beat(signal?: AbortSignal): Promise<'ok' | 'lost'> {
    const beats = await mapAbreast(this.#placed, ({ address }) => this.#nacos.api.beat(address, signal))
    if (beats.some(({ known }) => !known)) return 'lost'
    this.#extend()
    return 'ok'
  }

  #extend(): void {
    const beats = this.#placed.map(({ host }) => beatsOf(host))
    const now = this.#nacos.now()
    this.unhealthyAt = now + Math.min(...beats.map(({ unhealthyAfter }) => unhealthyAfter))
    this.expiresAt = now + Math.min(...beats.map(({ deletedAfter }) => deletedAfter))
  }

  release(): Promise<void> {
    this.#ended = true
    return Promise.resolve()
  }

  /** Removes what is still ours: another's instance at an address of ours says something else, an operator's change does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return
    const services = servicesOf(this.#placed.map(({ address }) => address))
    const family = await readFamily(this.#nacos, services)
    const own = this.#placed.filter(({ address, host }) => {
      const now = hostAt(family, address)
      return now && JSON.stringify(now.metadata) === JSON.stringify(host.metadata) && now.ephemeral === host.ephemeral
    })
    await mapAbreast(own, (placed) => this.#nacos.api.deregister(placed))
    await settled(this.#nacos, services, (seen) => own.every(({ address }) => !hostAt(seen, address)))
    this.#ended = true
  }
}
