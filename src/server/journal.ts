import type { HistoryQuery, JournalLine } from '../client/journal/lines.ts'
import type { JournalWriter } from '../client/journal/writer.ts'
import type { WatchEvent } from '../model/change.ts'
import { messageOf } from '../model/errors.ts'
import type { Logger } from '../model/logger.ts'
import { anyOf } from '../model/signals.ts'

/**
 * The journal that a server keeps. While it cannot be written, as on a full disk, the server goes on without it and says so once; then
 * the registry is read again, and the time between is a gap.
 */
export class ServerJournal implements Disposable {
  readonly #writer: JournalWriter
  readonly #logger: Logger
  readonly #timer: NodeJS.Timeout
  #isFailing = false
  #restart = new AbortController()

  constructor(writer: JournalWriter, logger: Logger) {
    this.#writer = writer
    this.#logger = logger
    this.#timer = setInterval(() => this.#tick(), writer.tickEvery)
    this.#timer.unref()
  }

  /** What it has, through the writer's own connection: one for each request would stay open until its memory is collected. */
  read(query: HistoryQuery): Generator<JournalLine> {
    return this.#writer.read(query)
  }

  /** Events are passed on without being kept. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  /** The events of a watch, each passed on once the journal has it. They end when the journal has to begin anew. */
  async *through(
    watch: (signal: AbortSignal) => AsyncIterable<WatchEvent>,
    signal: AbortSignal,
  ): AsyncGenerator<WatchEvent, void, undefined> {
    this.#restart = new AbortController()
    this.#attempt(() => this.#writer.begin())
    for await (const event of watch(anyOf(signal, this.#restart.signal))) {
      this.#attempt(() => this.#writer.take(event))
      yield event
    }
  }

  #tick(): void {
    if (!this.#isFailing) return this.#attempt(() => this.#writer.tick())
    if (!this.#writer.takesWrites()) return
    this.#isFailing = false
    this.#logger.warn(`${this.#writer.path} can be written again; what happened meanwhile is a gap`)
    this.#restart.abort()
  }

  #attempt(act: () => void): void {
    if (this.#isFailing) return
    try {
      act()
    } catch (error) {
      this.#isFailing = true
      this.#logger.warn(`the journal is not written for now: ${messageOf(error)}`)
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#writer[Symbol.dispose]()
  }
}
