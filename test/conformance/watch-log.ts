import { EventEmitter, once } from 'node:events'
import { expect } from 'vitest'
import { eventually } from '../eventually.ts'
import type { Backend, RecordChange, Scope, WatchMessage } from '../../src/backends/contract/backend.ts'
import type { RawRecord } from '../../src/model/record.ts'

/** What a watch told so far. */
export class WatchLog {
  readonly messages: WatchMessage[] = []
  /** Every change, in order; of a service that is told whole, what differs from what was known of it. */
  readonly told: RecordChange[] = []
  /** Rejects with what ended the watch. */
  readonly done: Promise<void>
  /** Resolves with the first message. */
  readonly begun: Promise<unknown>
  readonly #stop = new AbortController()
  readonly #bell = new EventEmitter()
  readonly #known = new Map<string, RawRecord>()

  constructor(backend: Backend, scope: Scope, since?: string) {
    this.begun = once(this.#bell, 'message')
    this.done = this.#run(backend, scope, since)
    this.done.catch(() => {})
  }

  /** What was there before. */
  known(records: readonly RawRecord[]): void {
    for (const record of records) this.#known.set(record.id, record)
  }

  async #run(backend: Backend, scope: Scope, since?: string): Promise<void> {
    for await (const message of backend.watch?.(scope, { since, signal: this.#stop.signal }) ?? []) {
      this.messages.push(message)
      if (message.is === 'changes') this.told.push(...message.changes)
      if (message.is === 'state') this.told.push(...this.#differences(message.service, message.records))
      this.#bell.emit('message')
    }
  }

  #differences(service: string, records: readonly RawRecord[]): RecordChange[] {
    const there = new Set(records.map(({ id }) => id))
    const before = [...this.#known.values()].filter((record) => record.service === service)
    const gone = before.filter(({ id }) => !there.has(id)).map(({ id }) => ({ removed: { id, service } }))
    const news = records.filter(({ id, revision }) => this.#known.get(id)?.revision !== revision)
    for (const { removed } of gone) this.#known.delete(removed.id)
    this.known(news)
    return [...gone, ...news.map((put) => ({ put }))]
  }

  /** `+id` for each put and `-id` for each removal, in order. */
  get changes(): string[] {
    return this.told.map((change) => ('put' in change ? `+${change.put.id}` : `-${change.removed.id}`))
  }

  get revisions(): (string | undefined)[] {
    return this.messages.flatMap((message) => (message.is === 'changes' ? [message.revision] : []))
  }

  /** Waits until exactly these were told. */
  async tells(changes: readonly string[], { inAnyOrder = false } = {}): Promise<void> {
    const ordered = (those: readonly string[]) => (inAnyOrder ? those.toSorted() : those)
    const compare = () => expect(ordered(this.changes)).toEqual(ordered(changes))
    await eventually(compare, { timeout: 20_000, interval: 10 })
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.done.catch(() => {})
  }
}
