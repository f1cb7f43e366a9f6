import { setTimeout as sleep } from 'node:timers/promises'
import { RollcallError } from '../../../model/errors.ts'
import type { RecordChange, Scope, WatchMessage, WatchOptions } from '../../contract/backend.ts'
import type { HttpApi } from '../api.ts'
import { isJsonObject, parsed } from '../protocol.ts'
import { type ServerEvent, serverEvents } from '../stream.ts'
import { recordsIn } from './record.ts'
import { servicesIn, wanted } from './scan.ts'

/** Milliseconds between the comments that the server sends while nothing changes. */
const HEARTBEAT = 15_000
const FIRST_DELAY = 50
const LONGEST_DELAY = 5_000

/**
 * Changes as the server sends them, through any number of connections: after a lost one it sends what came after the last
 * event's id. @throws RollcallError `history-lost` where it cannot
 */
export async function* watch(
  api: HttpApi,
  scope: Scope,
  { since, signal }: WatchOptions,
): AsyncGenerator<WatchMessage> {
  const log = new Log(scope, since)
  let failures = 0
  while (!signal.aborted) {
    try {
      for await (const event of events(api, scope, log.last, signal)) {
        if (failures > 0) yield { is: 'link', state: 'up' }
        failures = 0
        if (event.name === 'bye') break
        yield* log.messages(event)
      }
      throw new RollcallError('unreachable', `http: ${api.target.display}: the server has ended the watch`)
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof RollcallError) || !['unreachable', 'timeout'].includes(error.code)) throw error
      failures += 1
      if (failures === 1) yield { is: 'link', state: 'down', message: error.message }
      const delay = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** failures) * (0.5 + Math.random() / 2)
      await sleep(delay, undefined, { signal }).catch(() => {})
    }
  }
}

function events(api: HttpApi, scope: Scope, last: string | undefined, signal: AbortSignal): AsyncIterable<ServerEvent> {
  const query = new URLSearchParams()
  for (const service of servicesIn(scope)) query.append('service', service)
  const headers = { accept: 'text/event-stream', ...(last !== undefined && { 'last-event-id': last }) }
  const call = { path: '/records/watch', query, headers, doing: 'watch the registry', signal }
  return serverEvents(api.lines(call, HEARTBEAT + api.target.requestTimeout))
}

/** Up to which event the changes are known, and the changes that wait for the end of their revision. */
class Log {
  /** The id of the last event, after which a new connection begins. */
  last: string | undefined
  readonly #isWanted: ReturnType<typeof wanted>
  #hasBegun: boolean
  #waiting: RecordChange[] = []

  constructor(scope: Scope, since: string | undefined) {
    this.last = since
    this.#isWanted = wanted(scope)
    this.#hasBegun = since !== undefined
  }

  /** @throws RollcallError `history-lost` */
  *messages({ name, id, data }: ServerEvent): Generator<WatchMessage> {
    if (name === 'gap') throw historyLost('the server does not have all changes since the connection was lost')
    if (name === 'synced') {
      this.#waiting = []
      if (this.#hasBegun && this.last === undefined)
        throw historyLost('the changes since the connection was lost are not known')
      if (!this.#hasBegun) yield { is: 'progress', ...(id !== undefined && { revision: id }) }
      this.#hasBegun = true
      this.last ??= id
    }
    if (name === 'changes') yield* this.#take(changesIn(parsed(data)), id)
  }

  /** Passes on all changes of one revision together: only its last event has an id. */
  *#take(changes: readonly RecordChange[], id: string | undefined): Generator<WatchMessage> {
    this.#waiting.push(...changes.filter((change) => this.#isWanted('put' in change ? change.put : change.removed)))
    if (id === undefined && this.last !== undefined) return
    const changed = this.#waiting
    this.#waiting = []
    // The caller has read this already. The last revision itself may come again, with what time alone has changed.
    if (id !== undefined && this.last !== undefined && isBefore(id, this.last)) return
    this.last = id
    const revision = id === undefined ? {} : { revision: id }
    yield changed.length > 0 ? { is: 'changes', changes: changed, ...revision } : { is: 'progress', ...revision }
  }
}

function changesIn(data: unknown): RecordChange[] {
  if (!isJsonObject(data)) return []
  const removed = Array.isArray(data['removed']) ? data['removed'].filter(isJsonObject) : []
  return [
    ...removed.map(({ id, service }) => ({ removed: { id: String(id), service: String(service) } })),
    ...recordsIn(data['put']).map((put) => ({ put })),
  ]
}

function isBefore(id: string, last: string): boolean {
  return /^\d+$/.test(id) && /^\d+$/.test(last) && BigInt(id) < BigInt(last)
}

function historyLost(message: string): RollcallError {
  return new RollcallError('history-lost', `http: ${message}`, { hint: 'read the registry again' })
}
