import { type KeyRange, type StoreChange, rangeText, type StoreEvent } from '../kv/store.ts'
import {
  ServerCode,
  ServerError,
  ConnectionLoss,
  exists,
  isServerError,
  NoAnswer,
  NobodyServes,
  type Session,
} from './client/index.ts'
import { holdsNode, startOf } from './paths.ts'
import { NodeReader, recordOf } from './nodes.ts'
import { Walk, isReserved } from './scan.ts'
import type { Ensemble } from './ensemble.ts'
import { Inbox } from './inbox.ts'

/** Milliseconds for which the session of a watch outlives its connection. */
const SESSION = 10_000
/** Milliseconds between two polls of a server before 3.6, which has no recursive watches. */
const POLL = 1_000

/**
 * The changes of a range, reported as soon as the servers announce them, over a session of its own. After each new connection
 * everything is read again and compared. Ends without an error when aborted; throws a RollcallError when the server refuses.
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
  /** The latest transaction that was read, while polling. */
  #looked = 0n

  constructor(ensemble: Ensemble, session: Session, inbox: Inbox, range: KeyRange) {
    const start = startOf(range) ?? { node: '/' }
    this.#ensemble = ensemble
    this.#session = session
    this.#inbox = inbox
    this.#watched = new Watched(new NodeReader(session), range, ensemble.chroot)
    this.#top = 'node' in start ? start.node : start.folder
  }

  async *events(signal: AbortSignal): AsyncGenerator<StoreEvent, void, undefined> {
    for (;;) {
      yield* this.#inbox.takeLinks()
      try {
        if (this.#inbox.mustReadAll) yield* this.#readAll(signal)
        else yield* this.#changes(await this.#watched.some(this.#inbox.takePaths(), signal))
        if (this.#mustPoll) await this.#poll(signal)
      } catch (error) {
        if (!isAway(error)) throw error
        // Reading everything again finds whatever was lost.
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
    for await (const changes of this.#watched.all(signal)) if (this.#hasBegun) yield* this.#changes(changes)
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

  /** Asks anything: each answer contains the server's latest transaction. */
  async #poll(signal: AbortSignal): Promise<void> {
    try {
      await this.#session.request(exists('/'), signal)
    } catch (error) {
      if (!isServerError(error, ServerCode.noNode)) throw error
    }
    if (this.#session.zxid > this.#looked) this.#inbox.readAllAgain()
  }

  *#changes(changes: readonly StoreChange[]): Generator<StoreEvent, void, undefined> {
    if (changes.length > 0) yield { is: 'changes', revision: String(this.#session.zxid), changes }
  }
}

/** Whether the connection is lost; the session looks for another server by itself. */
function isAway(error: unknown): error is Error {
  return error instanceof ConnectionLoss || error instanceof NobodyServes || error instanceof NoAnswer
}

/** The nodes of a range as last reported to a watcher, by revision. */
export class Watched {
  readonly #reader: NodeReader
  readonly #range: KeyRange
  readonly #chroot: string
  readonly #revisions = new Map<string, string>()

  constructor(reader: NodeReader, range: KeyRange, chroot: string) {
    this.#reader = reader
    this.#range = range
    this.#chroot = chroot
  }

  /** Reads the whole range and yields the changes since the last report. */
  async *all(signal: AbortSignal): AsyncGenerator<StoreChange[], void, undefined> {
    const gone = new Set(this.#revisions.keys())
    const walk = new Walk(this.#reader, this.#range, { chroot: this.#chroot, signal })
    for await (const records of walk.records()) {
      const changes: StoreChange[] = []
      for (const record of records) {
        const path = Buffer.from(record.key).toString('utf8')
        gone.delete(path)
        if (this.#learn(path, record.revision)) changes.push({ put: record })
      }
      yield changes
    }
    yield [...gone].flatMap((path) => this.#forget(path))
  }

  /** Reads some nodes and returns the changes since the last report. */
  async some(paths: readonly string[], signal: AbortSignal): Promise<StoreChange[]> {
    const ours = paths.filter((path) => holdsNode(this.#range, path) && !isReserved(path, this.#chroot))
    const nodes = await this.#reader.nodes(ours, signal)
    return ours.flatMap((path, at): StoreChange[] => {
      const node = nodes[at]
      if (!node) return []
      if (node instanceof ServerError) return node.code === ServerCode.noNode ? this.#forget(path) : []
      const put = recordOf(path, node)
      return this.#learn(path, put.revision) ? [{ put }] : []
    })
  }

  #learn(path: string, revision: string): boolean {
    const known = this.#revisions.get(path) === revision
    this.#revisions.set(path, revision)
    return !known
  }

  #forget(path: string): StoreChange[] {
    return this.#revisions.delete(path) ? [{ removed: Buffer.from(path) }] : []
  }
}
