import type { WatchEvent } from '../../model/change.ts'
import type { ServiceInstance } from '../../model/instance.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import { anyOf } from '../../model/signals.ts'
import type { Client } from '../client.ts'
import { ServiceFeed } from './service-feed.ts'

export interface ServiceOptions {
  /** Also instances that are not `up`; false by default. */
  readonly all?: boolean
  readonly signal?: AbortSignal
}

/**
 * The instances of one service as they come and go: `next` for one list, or `for await` for all of them. The loop ends quietly when
 * the watch is stopped or its signal is aborted, and leaving it ends the watch.
 */
export interface Watcher extends AsyncDisposable, AsyncIterable<readonly ServiceInstance[]> {
  /**
   * Resolves with the whole list: the first time as soon as it is read, even when it is empty, then after each change with the
   * latest list only. Rejects with the error that ended the watch, and with `interrupted` when it was stopped.
   */
  next(): Promise<readonly ServiceInstance[]>
  /** A watch of its own for single changes: a snapshot, `synced`, then each change. */
  changes(): AsyncIterable<WatchEvent>
  /** Ends the watch; resolves when it has ended. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A watcher of one service. */
export class ServiceWatcher implements Watcher {
  readonly #stop = new AbortController()
  readonly #watch: () => AsyncIterable<WatchEvent>
  readonly #stopped: AbortSignal
  #feed: ServiceFeed | undefined
  #seen = 0

  constructor(client: Pick<Client, 'watch'>, name: string, { all = false, signal }: ServiceOptions = {}) {
    const stopped = anyOf(signal, this.#stop.signal)
    this.#stopped = stopped
    const where = (entry: InstanceEntry): boolean => all || entry.observed.status === 'up'
    this.#watch = () => client.watch({ services: [name] }, { where, signal: stopped })
  }

  async next(): Promise<readonly ServiceInstance[]> {
    this.#feed ??= new ServiceFeed(this.#watch())
    await this.#feed.newerThan(this.#seen)
    this.#seen = this.#feed.version
    return this.#feed.entries.map(({ instance }) => instance)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly ServiceInstance[], void, undefined> {
    try {
      for (;;) yield await this.next()
    } catch (error) {
      if (!this.#stopped.aborted) throw error
    } finally {
      await this.stop()
    }
  }

  changes(): AsyncIterable<WatchEvent> {
    return this.#watch()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#feed?.ended
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}
