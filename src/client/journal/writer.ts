import type { SqliteConnection } from '../../backends/local/sqlite.ts'
import type { WatchEvent } from '../../model/change.ts'
import type { InstanceEntry, MalformedEntry } from '../../model/reading.ts'
import { type JournalBounds, trim } from './bounds.ts'
import { type Learnt, endRow, instanceRow, malformedRow, moveKey } from './event-rows.ts'
import { type JournalFile, SEEN_EVERY, explaining, openForWriting } from './file.ts'
import { type HistoryQuery, type JournalLine, linesIn } from './lines.ts'
import { type JournalRow, closeGap, insertRow, openGap, removeOpenGap, rowsAt, stateOf } from './rows.ts'
import { keyOfInstance, keyOfRecord, shortName } from './stored-instance.ts'

/** Milliseconds for which the registry may be away without a gap. */
const SHORT = 1_000
/** Rows of a first reading that are written in one transaction. */
const BATCH = 500
/** Events between two looks at the bounds. */
const TRIM_EVERY = 64

/** Of which registry a journal is, and how much of it is kept. */
export interface JournalWriterOptions extends JournalBounds {
  /** The registry, as a journal names it. */
  readonly registry: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Writes the events of one watch after the other into a journal. What `take` has returned from is on disk for good, whenever the process is
 * killed. Between two watches, and while the registry is away, is a gap; what the next one finds otherwise is an event of then.
 */
export class JournalWriter implements Disposable {
  /** Milliseconds after which `tick` is to be called again, for as long as the watch lasts; `recorded` does so itself. */
  readonly tickEvery = SEEN_EVERY
  readonly #file: JournalFile
  readonly #options: JournalWriterOptions
  /** Keys that the first reading has met; undefined once it is complete. */
  #met: Set<string> | undefined = new Set()
  #waiting: JournalRow[] = []
  /** In a gap: what comes was found. */
  #isGap = false
  #awaySince: number | undefined
  /** An event could not be kept: until the next watch begins, nothing is known for certain. */
  #isBroken = false
  #at: number
  #untilTrim = TRIM_EVERY

  private constructor(file: JournalFile, options: JournalWriterOptions) {
    this.#file = file
    this.#options = options
    const { connection } = file
    this.#at = Number(
      connection.value('SELECT max(at, coalesce(seen, 0)) FROM (SELECT coalesce(max(at), 0) AS at FROM events), state'),
    )
    connection.run('UPDATE state SET writer = ?', String(process.pid))
  }

  /** Opens the file, or makes it. @throws RollcallError `conflict` while another process writes it, `usage` for the journal of another registry, `storage` for another file */
  static async open(path: string, options: JournalWriterOptions): Promise<JournalWriter> {
    const file = await openForWriting(path, options.registry)
    try {
      return explaining(path, () => new JournalWriter(file, options))
    } catch (error) {
      file[Symbol.dispose]()
      throw error
    }
  }

  get path(): string {
    return this.#file.path
  }

  /** What the journal has until now, of a time or since one. @throws RollcallError `unreachable` before the first watch was read, `history-lost` for a time before it begins */
  read(query: HistoryQuery): Generator<JournalLine> {
    return linesIn(this.#file, query, this.#options.now())
  }

  get #connection(): SqliteConnection {
    return this.#file.connection
  }

  /** A watch begins, with a snapshot: what follows the last one is a gap until that is complete. @throws RollcallError `storage` */
  begin(): void {
    this.#isBroken = false
    this.#met = new Set()
    this.#waiting = []
    this.#awaySince = undefined
    this.#explaining(() => {
      const { begins, seen } = stateOf(this.#connection)
      this.#isGap = begins !== undefined
      if (this.#isGap) this.#openGap(Math.max(seen ?? 0, this.#at), 'the journal was not written')
    })
  }

  /** Takes the next event of the watch; when it returns, the event is kept. @throws RollcallError `storage` */
  take(event: WatchEvent): void {
    this.#explaining(() => {
      if (event.type === 'link') this.#takeLink(event.state, event.message)
      else if (event.type === 'gap') this.#openGap(this.#now(), event.message)
      else if (event.type === 'synced') this.#sync(event.revision)
      else if (event.type === 'malformed' && event.gone)
        this.#end(keyOfRecord(event.malformed.record.id), event.revision)
      else if (event.type === 'malformed') this.#takeMalformed(event.malformed, event.revision)
      else if (event.type === 'removed') this.#end(keyOfInstance(event.entry), event.revision)
      else if (event.type !== 'updated' || !isRenewal(event)) {
        if (event.type === 'updated') moveKey(this.#connection, event.before, event.entry, this.#now())
        this.#takeInstance(event.entry, 'revision' in event ? event.revision : undefined)
      }
      if (!this.#met || this.#waiting.length >= BATCH) this.#write()
    })
  }

  /** Notes that all until now is known, and lets go of what is too old or too much. @throws RollcallError `storage` */
  tick(): void {
    if (this.#met || this.#isBroken || this.#awaySince !== undefined) return
    explaining(this.path, () => {
      this.#connection.run('UPDATE state SET seen = ?', this.#now())
      trim(this.#connection, this.#options, this.#now())
    })
  }

  /** Tries whether the file takes writes again after it did not. */
  takesWrites(): boolean {
    try {
      this.#connection.run('UPDATE state SET writer = ?', `${process.pid}`)
      return true
    } catch {
      return false
    }
  }

  /** The watch has ended: until now all is known. */
  [Symbol.dispose](): void {
    try {
      this.tick()
      this.#connection.run('UPDATE state SET writer = NULL')
    } catch {
      // What could not be written is a gap for the next one.
    }
    this.#file[Symbol.dispose]()
  }

  #takeInstance(entry: InstanceEntry, revision: string | undefined): void {
    this.#met?.add(keyOfInstance(entry))
    this.#add(instanceRow(this.#connection, entry, this.#learnt(revision)))
  }

  #takeMalformed(malformed: MalformedEntry, revision: string | undefined): void {
    this.#met?.add(keyOfRecord(malformed.record.id))
    this.#add(malformedRow(this.#connection, malformed, this.#learnt(revision)))
  }

  /** What a key stood for is gone. */
  #end(key: string, revision?: string): void {
    this.#add(endRow(this.#connection, key, this.#now(), revision))
  }

  #learnt(revision: string | undefined): Learnt {
    return { at: this.#now(), revision, isFirst: this.#met !== undefined && !this.#isGap }
  }

  #takeLink(state: 'up' | 'down', message = 'the registry was away'): void {
    const since = this.#awaySince
    this.#awaySince = state === 'down' ? (since ?? this.#now()) : undefined
    if (this.#met || this.#isGap) return
    if (state === 'down') openGap(this.#connection, this.#now(), shortName(message))
    else if (since !== undefined && this.#now() - since < SHORT) removeOpenGap(this.#connection)
    else closeGap(this.#connection, this.#now())
  }

  #openGap(at: number, message: string): void {
    this.#write()
    this.#isGap = true
    openGap(this.#connection, at, shortName(message))
  }

  /** All that is there is known: what was not met is gone, and the gap is over. */
  #sync(revision: string | undefined): void {
    const met = this.#met
    this.#write()
    if (met)
      for (const { key } of rowsAt(this.#connection, this.#now()))
        if (key !== undefined && !met.has(key)) this.#end(key)
    const at = this.#now()
    this.#met = undefined
    this.#add({ at, type: 'synced', revision })
    this.#connection.writing(() => {
      this.#insertWaiting()
      closeGap(this.#connection, at)
      this.#connection.run('UPDATE state SET seen = ?, begins = coalesce(begins, ?)', at, at)
    })
    this.#isGap = false
  }

  #add(row: JournalRow | undefined): void {
    if (row) this.#waiting.push(this.#isGap && row.type !== 'synced' ? { ...row, found: true } : row)
  }

  #write(): void {
    if (this.#waiting.length === 0) return
    this.#untilTrim -= this.#waiting.length
    this.#connection.writing(() => this.#insertWaiting())
    if (this.#untilTrim > 0) return
    this.#untilTrim = TRIM_EVERY
    trim(this.#connection, this.#options, this.#now())
  }

  #insertWaiting(): void {
    for (const row of this.#waiting) insertRow(this.#connection, row)
    this.#waiting = []
  }

  /** The time, which in a journal never goes back. */
  #now(): number {
    this.#at = Math.max(this.#at, Math.floor(this.#options.now()))
    return this.#at
  }

  #explaining(act: () => void): void {
    try {
      explaining(this.path, act)
    } catch (error) {
      this.#isBroken = true
      throw error
    }
  }
}

function isRenewal({ changes }: Extract<WatchEvent, { type: 'updated' }>): boolean {
  return changes.every(({ field }) => field === 'renewedAt')
}
