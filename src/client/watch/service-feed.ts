import { EventEmitter, once } from 'node:events'
import type { WatchEvent } from '../../model/change.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { WatchedEntries } from '../../reports/watched-entries.ts'

/** The whole list of a watched scope, always as of one moment. */
export class ServiceFeed {
  /** How many lists there have been; 0: the first is still being read. */
  version = 0
  /** Ordered by service and id. */
  entries: readonly InstanceEntry[] = []
  /** The registry is away, so the list may be out of date. */
  stale = false
  /** Why the watch has ended. */
  failure: unknown
  /** Resolves when the watch has ended, for whatever reason. */
  readonly ended: Promise<void>
  readonly #bell = new EventEmitter().setMaxListeners(0)
  readonly #next = new WatchedEntries()
  #whole = false
  readonly #onList: (entries: readonly InstanceEntry[]) => void
  #due: NodeJS.Immediate | undefined

  /** `onList` receives each list. Must not throw. */
  constructor(events: AsyncIterable<WatchEvent>, onList: (entries: readonly InstanceEntry[]) => void = () => {}) {
    this.#onList = onList
    this.ended = this.#run(events)
  }

  /** Resolves when there is a list after that one. Rejects with the error that ended the watch; `interrupted` when it was stopped. */
  async newerThan(version: number, signal?: AbortSignal): Promise<void> {
    while (this.version <= version) {
      if (this.failure !== undefined) throw this.failure
      signal?.throwIfAborted()
      await once(this.#bell, 'ring', signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
    }
  }

  async #run(events: AsyncIterable<WatchEvent>): Promise<void> {
    try {
      for await (const event of events) this.#take(event)
      this.failure = new RollcallError('interrupted', 'the watch was stopped')
    } catch (error) {
      this.failure = error
    }
    clearImmediate(this.#due)
    this.stale = true
    this.#bell.emit('ring')
  }

  #take(event: WatchEvent): void {
    this.#next.take(event)
    if (event.type === 'link') this.stale = event.state === 'down'
    else if (event.type === 'gap') this.stale = true
    else if (event.type === 'synced') {
      this.stale = false
      this.#whole = true
    }
    if (this.#whole && event.type !== 'link' && event.type !== 'gap') this.#publishSoon()
  }

  /** Once for all events that come without waiting: those of one revision always do, and a list never shows half of it. */
  #publishSoon(): void {
    this.#due ??= setImmediate(() => {
      this.#due = undefined
      this.entries = this.#next.sorted()
      this.version += 1
      this.#bell.emit('ring')
      this.#onList(this.entries)
    })
  }
}
