import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../client/client.ts'
import type { WatchEvent } from '../model/change.ts'
import { messageOf } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { Feed } from './feed.ts'
import { InstanceTable } from './instance-table.ts'
import type { ServerJournal } from './journal.ts'

/** Milliseconds before the whole registry is read again after that has failed. */
const AGAIN = 1_000
/** Milliseconds that a write waits until the table holds it. */
const PATIENCE = 2_000

/**
 * The whole registry in memory, kept current by one watch, so that reads cost no request. While the registry is unreachable the last
 * state stays and is `stale`; it is never emptied by that.
 */
export class Live implements AsyncDisposable {
  /** What changed, for those who watch through this server. */
  readonly feed = new Feed()
  /** The registry has been read once. */
  synced = false
  /** The registry was unreachable at the last try. */
  stale = false
  /** The revision of the table, where the registry has revisions. */
  revision: string | undefined
  readonly #client: Client
  readonly #logger: Logger
  readonly #journal: ServerJournal | undefined
  readonly #stop = new AbortController()
  readonly #waiting = new Set<() => void>()
  #table = new InstanceTable()
  #running: Promise<void> | undefined

  constructor(client: Client, logger: Logger, journal?: ServerJournal) {
    this.#client = client
    this.#logger = logger
    this.#journal = journal
  }

  get table(): InstanceTable {
    return this.#table
  }

  /** Begins to watch; resolves when the registry has been read once, or cannot be read for now. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#running = this.#run(resolve)
    })
  }

  /** Waits until `holds` is true of the table, for 2 s at most: a write that changes nothing visible never shows. */
  async until(holds: (table: InstanceTable) => boolean): Promise<void> {
    if (holds(this.#table)) return
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve()
      }
      const look = () => holds(this.#table) && end()
      const timer = setTimeout(end, PATIENCE)
      this.#waiting.add(look)
    })
  }

  async #run(started: () => void): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        await this.#follow(started)
      } catch (error) {
        this.#logger.warn(`the registry cannot be watched: ${messageOf(error)}`)
      }
      this.stale = true
      started()
      await sleep(AGAIN, undefined, { signal }).catch(() => {})
    }
  }

  async #follow(started: () => void): Promise<void> {
    let fresh: InstanceTable | undefined = new InstanceTable()
    const { signal } = this.#stop
    const watch = (until: AbortSignal) =>
      this.#client.watch({}, { renewals: true, malformed: () => true, signal: until })
    const events = this.#journal?.through(watch, signal) ?? watch(signal)
    for await (const event of events) {
      if (event.type === 'link') this.stale = event.state === 'down'
      else if (fresh === undefined) this.#apply(event)
      else if (event.type === 'snapshot') fresh.put(event.entry)
      else if (event.type === 'synced') {
        this.#replace(fresh, event.revision)
        fresh = undefined
        started()
      }
      for (const look of this.#waiting) look()
    }
  }

  #apply(event: Exclude<WatchEvent, { type: 'link' }>): void {
    if (event.type === 'added') this.#table.put(event.entry)
    if (event.type === 'updated') this.#table.replace(event.before, event.entry)
    if (event.type === 'removed') this.#table.remove(event.entry)
    if ('revision' in event && event.revision !== undefined) this.revision = event.revision
    this.feed.send(event)
  }

  /** Replaces the whole table; watching clients receive the differences. */
  #replace(fresh: InstanceTable, revision: string | undefined): void {
    const before = this.#table
    const isFirst = !this.synced
    this.#table = fresh
    this.revision = revision
    this.synced = true
    this.stale = false
    if (isFirst) this.feed.begin(revision)
    else for (const event of differences(before, fresh, revision)) this.feed.send(event)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.feed.end()
    await this.#running
  }
}

function* differences(before: InstanceTable, after: InstanceTable, revision?: string): Generator<WatchEvent> {
  yield { type: 'gap', message: 'the registry had to be read again' }
  for (const entry of before.all()) if (!after.twin(entry)) yield { type: 'removed', entry }
  for (const entry of after.all()) if (!sameRevision(before.twin(entry), entry)) yield { type: 'added', entry }
  yield revision === undefined ? { type: 'synced' } : { type: 'synced', revision }
}

function sameRevision(a: InstanceEntry | undefined, b: InstanceEntry): boolean {
  return (
    a !== undefined &&
    a.observed.status === b.observed.status &&
    a.records.every(({ revision }, at) => revision !== undefined && revision === b.records[at]?.revision)
  )
}
