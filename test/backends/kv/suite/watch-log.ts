import { setTimeout as delay } from 'node:timers/promises'
import type { KeyRange, Store, StoreChange, StoreEvent } from '../../../../src/backends/kv/store.ts'

/** What a watcher was told so far. */
export class WatchLog {
  /** Resolves when the watch ended by itself or was stopped; rejects with what it threw. */
  readonly done: Promise<void>
  ended = false
  #events: StoreEvent[] = []
  readonly #stop = new AbortController()

  constructor(store: Store, ranges: KeyRange | readonly KeyRange[], since?: string) {
    this.done = this.#run(store, [ranges].flat(), since)
    this.done.catch(() => {})
  }

  async #run(store: Store, ranges: readonly KeyRange[], since?: string): Promise<void> {
    const options = { signal: this.#stop.signal, ...(since === undefined ? {} : { since }) }
    try {
      for await (const event of store.watch(ranges, options)) this.#events.push(event)
    } finally {
      this.ended = true
    }
  }

  stop(): void {
    this.#stop.abort()
  }

  forget(): void {
    this.#events = []
  }

  groups(): { revision: string; changes: readonly StoreChange[] }[] {
    return this.#events.filter((event) => event.is === 'changes')
  }

  changes(): StoreChange[] {
    return this.groups().flatMap((group) => group.changes)
  }

  revisions(): string[] {
    return this.groups().map((group) => group.revision)
  }

  /** What it was told of the connection. */
  links(): ('up' | 'down')[] {
    return this.#events.flatMap((event) => (event.is === 'link' ? [event.state] : []))
  }

  /** Waits until it holds; fails with what was seen so far. */
  async until(holds: () => boolean, within = 20_000): Promise<void> {
    const end = Date.now() + within
    while (!holds()) {
      if (this.ended) await this.done
      if (Date.now() > end) throw new Error(`not seen in ${within} ms; seen: ${describeChanges(this.changes())}`)
      await delay(2)
    }
  }

  /** A moment in which events may come. */
  async quiet(): Promise<void> {
    await delay(20)
  }
}

/** `+key=value` for a put, `-key` for a removal. */
export function describeChange(change: StoreChange): string {
  if ('removed' in change) return `-${Buffer.from(change.removed).toString()}`
  return `+${Buffer.from(change.put.key).toString()}=${Buffer.from(change.put.value).toString()}`
}

function describeChanges(changes: readonly StoreChange[]): string {
  return changes.slice(-20).map(describeChange).join(' ') || 'nothing'
}
