import type { RawRecord } from '../../../model/record.ts'
import type { Registration } from '../../contract/backend.ts'
import { current, remove, renew } from './change.ts'
import { sayTheSame } from './instance.ts'
import type { Plain } from './plain.ts'

/** AIO's own interval, in milliseconds. */
const INTERVAL = 10_000
/** How often another may write between reading and writing. */
const ATTEMPTS = 16

export class PlainRegistration implements Registration {
  readonly action: Registration['action']
  readonly records: readonly RawRecord[]
  readonly beatEvery: number
  expiresAt: number
  readonly #plain: Plain
  readonly #wanted: RawRecord
  readonly #written: RawRecord
  #ended = false

  constructor(plain: Plain, action: Registration['action'], wanted: RawRecord, written: RawRecord) {
    this.action = action
    this.records = [written]
    this.beatEvery = Math.min(INTERVAL, plain.aioTtl / 3)
    this.expiresAt = plain.now() + plain.aioTtl
    this.#plain = plain
    this.#wanted = wanted
    this.#written = written
  }

  async beat(signal?: AbortSignal): Promise<'ok' | 'lost'> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const own = await this.#own(signal)
      if (!own) return 'lost'
      const now = this.#plain.now()
      const [outcome] = await renew(this.#plain.api, [own], signal)
      if (outcome?.error) throw outcome.error
      if (outcome?.result === 'absent') return 'lost'
      if (outcome?.result !== 'done') continue
      this.expiresAt = now + this.#plain.aioTtl
      return 'ok'
    }
    return 'lost'
  }

  /** The instance as it is now, where it still says what was registered. */
  async #own(signal?: AbortSignal): Promise<RawRecord | undefined> {
    const now = await current(this.#plain.api, this.#written, signal)
    return now && sayTheSame(this.#plain, now, this.#wanted) ? now : undefined
  }

  release(): Promise<void> {
    this.#ended = true
    return Promise.resolve()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS && !this.#ended; attempt++) {
      const own = await this.#own()
      if (!own) break
      for await (const { result, error } of remove(this.#plain.api, [own])) {
        if (error) throw error
        this.#ended = result !== 'changed'
      }
    }
    this.#ended = true
  }
}
