import { expect, vi } from 'vitest'
import type { Backend, Scope, WatchMessage } from '../../src/backends/backend.ts'

/** What a watch told so far. */
export class WatchLog {
  readonly messages: WatchMessage[] = []
  readonly #stop = new AbortController()
  /** Rejects with what ended the watch. */
  readonly done: Promise<void>

  constructor(backend: Backend, scope: Scope, since?: string) {
    this.done = this.#run(backend, scope, since)
    this.done.catch(() => {})
  }

  async #run(backend: Backend, scope: Scope, since?: string): Promise<void> {
    for await (const message of backend.watch?.(scope, { since, signal: this.#stop.signal }) ?? [])
      this.messages.push(message)
  }

  /** `+id` for each put and `-id` for each removal, in order. */
  get changes(): string[] {
    return this.messages
      .flatMap((message) => (message.is === 'changes' ? message.changes : []))
      .map((change) => ('put' in change ? `+${change.put.id}` : `-${change.removed.id}`))
  }

  get revisions(): (string | undefined)[] {
    return this.messages.flatMap((message) => (message.is === 'changes' ? [message.revision] : []))
  }

  /** Waits until exactly these were told. */
  async tells(changes: readonly string[]): Promise<void> {
    await vi.waitFor(() => expect(this.changes).toEqual(changes), { timeout: 20_000, interval: 10 })
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.done.catch(() => {})
  }
}
