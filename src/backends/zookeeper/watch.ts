import { rangeText, type KeyRange, type StoreChange, type StoreEvent } from '../kv/store.ts'
import {
  ConnectionLoss,
  exists,
  isServerError,
  NoAnswer,
  NobodyServes,
  ServerCode,
  type Session,
} from './client/index.ts'
import type { Ensemble } from './ensemble.ts'
import { Inbox } from './inbox.ts'
import { startOf } from './range.ts'
import { Reader } from './reader.ts'
import { Watched } from './watched.ts'

/** Milliseconds that the watch's session outlives its connection. */
const SESSION = 10_000
/** Milliseconds between two looks at a server before 3.6, which cannot tell by itself of all that lies below a node. */
const POLL = 1_000

/**
 * What is not as it was told before, as soon as the servers say that something happened. A session of its own tells it;
 * after each new connection everything is read again and compared. Ends quietly when aborted.
 */
export async function* watch(
  ensemble: Ensemble,
  range: KeyRange,
  signal: AbortSignal,
): AsyncGenerator<StoreEvent, void, undefined> {
  if (signal.aborted) return
  const inbox = new Inbox()
  const session = ensemble.open({
    timeout: SESSION,
    renew: true,
    onEvent: (path) => inbox.event(path),
    onLink: (state, reason) => inbox.link(state, reason),
  })
  try {
    yield* new Observation(ensemble, session, inbox, range).events(signal)
  } catch (error) {
    if (!signal.aborted) throw ensemble.explain(error, `watch ${rangeText(range)}`)
  } finally {
    await session.close()
  }
}

class Observation {
  readonly #ensemble: Ensemble
  readonly #session: Session
  readonly #inbox: Inbox
  readonly #watched: Watched
  readonly #top: string
  #isWatching = false
  #mustPoll = false
  #hasBegun = false
  /** The last transaction that was looked at, while polling. */
  #looked = 0n

  constructor(ensemble: Ensemble, session: Session, inbox: Inbox, range: KeyRange) {
    const start = startOf(range) ?? { node: '/' }
    this.#ensemble = ensemble
    this.#session = session
    this.#inbox = inbox
    this.#watched = new Watched(new Reader(session), range, ensemble.chroot)
    this.#top = 'node' in start ? start.node : start.folder
  }

  async *events(signal: AbortSignal): AsyncGenerator<StoreEvent, void, undefined> {
    for (;;) {
      yield* this.#inbox.takeLinks()
      try {
        if (this.#inbox.mustReadAll) yield* this.#readAll(signal)
        else yield* this.#told(await this.#watched.some(this.#inbox.takePaths(), signal))
        if (this.#mustPoll) await this.#poll(signal)
      } catch (error) {
        if (!isAway(error)) throw error
        // Whatever was lost on the way is found when everything is read again.
        this.#inbox.readAllAgain()
        this.#inbox.link('down', error)
      }
      await this.#inbox.wait(this.#mustPoll ? POLL : Infinity, signal)
      signal.throwIfAborted()
    }
  }

  async *#readAll(signal: AbortSignal): AsyncGenerator<StoreEvent, void, undefined> {
    this.#inbox.readsAll()
    await this.#begin(signal)
    await this.#ensemble.catchUp(this.#session, signal)
    this.#looked = this.#session.zxid
    for await (const changes of this.#watched.all(signal)) if (this.#hasBegun) yield* this.#told(changes)
    this.#ensemble.saw(this.#session.zxid)
    if (!this.#hasBegun) yield { is: 'progress', revision: String(this.#session.zxid) }
    this.#hasBegun = true
  }

  async #begin(signal: AbortSignal): Promise<void> {
    if (this.#isWatching || this.#mustPoll) return
    try {
      await this.#session.watch(this.#top, signal)
      this.#isWatching = true
    } catch (error) {
      if (!isServerError(error, ServerCode.unimplemented)) throw error
      this.#mustPoll = true
    }
  }

  /** Any answer says how far the server has come. */
  async #poll(signal: AbortSignal): Promise<void> {
    try {
      await this.#session.request(exists('/'), signal)
    } catch (error) {
      if (!isServerError(error, ServerCode.noNode)) throw error
    }
    if (this.#session.zxid > this.#looked) this.#inbox.readAllAgain()
  }

  *#told(changes: readonly StoreChange[]): Generator<StoreEvent, void, undefined> {
    if (changes.length > 0) yield { is: 'changes', revision: String(this.#session.zxid), changes }
  }
}

/** The session goes on looking for a server by itself. */
function isAway(error: unknown): error is Error {
  return error instanceof ConnectionLoss || error instanceof NobodyServes || error instanceof NoAnswer
}
