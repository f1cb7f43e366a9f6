import type { RawRecord } from '../../model/record.ts'
import type { Registration } from '../contract/backend.ts'
import { sayTheSame } from './instance.ts'
import type { Polaris } from './api.ts'
import { instanceOf } from './record.ts'
import { removeEach } from './remove.ts'
import { current } from './settle.ts'
import { heartbeat } from './requests.ts'

/** TTLs without a heartbeat after which Polaris calls an instance unhealthy. It never removes one by itself. */
const TTLS = 3
const BEATS_A_TTL = 2

export class PolarisRegistration implements Registration {
  readonly action: Registration['action']
  readonly records: readonly RawRecord[]
  readonly beatEvery: number | undefined
  readonly beat: Registration['beat']
  expiresAt: number | undefined
  unhealthyAt: number | undefined
  readonly #polaris: Polaris
  #ended = false

  constructor(polaris: Polaris, action: Registration['action'], records: readonly RawRecord[]) {
    this.#polaris = polaris
    this.action = action
    this.records = records
    const ttls = records.flatMap((record) => instanceOf(record).ttl ?? [])
    this.beatEvery = ttls.length === 0 ? undefined : (Math.min(...ttls) * 1000) / BEATS_A_TTL
    this.beat = this.beatEvery === undefined ? undefined : (signal) => this.#beat(signal)
    this.#expireLater()
  }

  /** A heartbeat alone would be taken for what is no longer there, too; so it is looked at first. */
  async #beat(signal?: AbortSignal): Promise<'ok' | 'lost'> {
    const own = await this.#own(signal)
    if (own.length < this.records.length) return 'lost'
    for (const record of this.records) await heartbeat(this.#polaris, record, signal)
    this.#expireLater()
    return 'ok'
  }

  /** The records, as they are now, that still say what this registration wrote, health and isolation apart. */
  async #own(signal?: AbortSignal): Promise<RawRecord[]> {
    const there = await current(this.#polaris, this.records, signal)
    return this.records.flatMap((record) => {
      const now = there.get(record.id)
      return now && sayTheSame(instanceOf(now), instanceOf(record)) ? [now] : []
    })
  }

  #expireLater(): void {
    // An instance without heartbeats is kept for ever.
    this.unhealthyAt = this.expiresAt =
      this.beatEvery === undefined ? undefined : this.#polaris.now() + TTLS * BEATS_A_TTL * this.beatEvery
  }

  release(): Promise<void> {
    this.#ended = true
    return Promise.resolve()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return
    const own = await this.#own()
    const failed = (await removeEach(this.#polaris, own)).find(({ error }) => error !== undefined)
    if (failed?.error) throw failed.error
    this.#ended = true
  }
}
