import type { RawRecord } from '../../model/record.ts'
import type { Registration } from '../contract/backend.ts'
import type { Kv } from './kv.ts'
import { keyOf } from './record.ts'
import type { Operation, OperationOutcome } from './store.ts'

/** What keeps a registration alive. Where it has no `beat`, nobody has to. */
export interface Heartbeat {
  /** Milliseconds since 1970. */
  readonly expiresAt?: number
  /** Milliseconds. */
  readonly every?: number
  /** The records as they are after it; undefined: they are lost. */
  beat?(records: readonly RawRecord[], signal?: AbortSignal): Promise<readonly RawRecord[] | undefined>
  /** Milliseconds until they end without a heartbeat, as the store has it; undefined: they have. */
  remaining?(signal?: AbortSignal): Promise<number | undefined>
  /** The records as they are now, where others may write them without taking them; undefined: they are lost. */
  current?(seen: readonly RawRecord[]): Promise<readonly RawRecord[] | undefined>
  /** After the records were removed. */
  end?(): Promise<void>
  /** The records stay. */
  release?(): Promise<void>
}

export class KvRegistration implements Registration {
  readonly action: Registration['action']
  readonly beat: Registration['beat']
  readonly remaining: Registration['remaining']
  readonly #kv: Kv
  readonly #heartbeat: Heartbeat
  #records: readonly RawRecord[]
  #ended = false

  constructor(kv: Kv, action: Registration['action'], records: readonly RawRecord[], heartbeat: Heartbeat = {}) {
    this.#kv = kv
    this.#heartbeat = heartbeat
    this.#records = records
    this.action = action
    this.beat = heartbeat.beat && ((signal) => this.#beat(signal))
    this.remaining = heartbeat.remaining && ((signal) => heartbeat.remaining?.(signal) ?? Promise.resolve(undefined))
  }

  get records(): readonly RawRecord[] {
    return this.#records
  }

  get lease(): string | undefined {
    return this.#records[0]?.lease
  }

  get expiresAt(): number | undefined {
    return this.#heartbeat.expiresAt
  }

  get beatEvery(): number | undefined {
    return this.#heartbeat.every
  }

  async release(): Promise<void> {
    this.#ended = true
    await this.#heartbeat.release?.()
  }

  /** Removes the records that are still as this registration left them; what others made of them stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return
    const outcomes = await this.#remove(this.#records)
    if (outcomes.some((outcome) => outcome.result === 'changed')) await this.#removeCurrent()
    await this.#heartbeat.end?.()
    this.#ended = true
  }

  /** A status or a renewal written into our record by another does not make it another's. */
  async #removeCurrent(): Promise<void> {
    const current = await this.#heartbeat.current?.(this.#records)
    if (current) await this.#remove(current)
  }

  /** @throws what a store says of one record alone */
  async #remove(records: readonly RawRecord[]): Promise<readonly OperationOutcome[]> {
    const outcomes = await this.#kv.store.write(records.map(removal))
    for (const { error } of outcomes) if (error) throw error
    return outcomes
  }

  async #beat(signal?: AbortSignal): Promise<'ok' | 'lost'> {
    const records = await this.#heartbeat.beat?.(this.#records, signal)
    if (!records) return 'lost'
    this.#records = records
    return 'ok'
  }
}

function removal(record: RawRecord): Operation {
  return { delete: keyOf(record), expect: record.revision }
}
