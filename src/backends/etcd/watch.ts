import { setTimeout as delay } from 'node:timers/promises'
import { RollcallError } from '../../model/errors.ts'
import { covering, rangeText, type KeyRange, type StoreEvent } from '../kv/store.ts'
import type { Cluster } from './cluster.ts'
import { briefly } from './errors.ts'
import { CallFailure, rangeRequest } from './calls.ts'
import { History } from './history.ts'
import type { EtcdMember } from './member.ts'
import { inStep, tellsProgress, Unanswered } from './progress.ts'
import { isOfKubernetes, isQuiet, watchedRanges } from './watched-ranges.ts'
import type { WatchAnswer } from './wire.ts'

const FIRST_DELAY = 50
const LONGEST_DELAY = 5_000

/**
 * The changes of ranges in whole revisions, in order, without loss or repetition. A failed stream is opened again, with another
 * member if there is one. Ends without an error when aborted; throws `history-lost`, `forbidden` and `unauthenticated`.
 */
export async function* watch(
  cluster: Cluster,
  ranges: readonly KeyRange[],
  { since, signal }: { since?: string; signal: AbortSignal },
): AsyncGenerator<StoreEvent, void, undefined> {
  const apart = watchedRanges(ranges)
  const together = [covering(ranges)]
  const history = new History(since)
  const line = new Line()
  let watched = apart
  let wasBusy = false
  while (!signal.aborted) {
    let mayBecomeBusy = false
    try {
      const member = await cluster.best(signal)
      if (watched.length > 1) {
        // To hold several in step costs a question to the server for each change.
        mayBecomeBusy = !wasBusy && (await isQuiet(member, signal))
        if (mayBecomeBusy || !(await tellsProgress(member, signal))) watched = together
      }
      if (history.next === undefined) yield history.begin(await revisionOf(member, watched, signal))
      history.reopen(watched.length)
      for await (const answer of answersOf(member, watched, history, signal)) {
        if (mayHaveLostHistory(answer)) await refuseLostHistory(cluster, watched, history, answer, signal)
        if (answer.created) for (const event of line.up()) yield event
        // not yield*: delegating waits for each event three times
        for (const event of history.take(answer)) yield event
        if (!mayBecomeBusy || !answer.changes.some(({ change }) => isOfKubernetes(change))) continue
        wasBusy = true
        break
      }
      watched = apart
    } catch (error) {
      if (signal.aborted) return
      // Then all between is sent too, which needs no second watch.
      watched = error instanceof Unanswered ? together : apart
      if (error instanceof Unanswered) continue
      const failure = await survivable(error, cluster, ranges)
      cluster.demote(failure.endpoint)
      yield* line.down(failure)
      await line.wait(signal)
    }
  }
}

/** All watches are on one stream, since a server orders nothing between two. */
function answersOf(
  member: EtcdMember,
  watched: readonly KeyRange[],
  history: History,
  signal: AbortSignal,
): AsyncIterable<WatchAnswer> {
  const start_revision = String(history.next)
  const watches = watched.map((range, watch_id) => {
    return { ...rangeRequest(range), watch_id, start_revision, progress_notify: true, fragment: true }
  })
  return watches.length === 1 ? member.watch(watches, signal) : inStep(member, watches, history, signal)
}

/** The present revision of the store, for anyone who may read the first of these keys. */
async function revisionOf(
  member: Pick<EtcdMember, 'range'>,
  ranges: readonly KeyRange[],
  signal: AbortSignal,
): Promise<number> {
  const { key } = rangeRequest(covering(ranges))
  const { revision } = await member.range({ key, count_only: true }, signal)
  return Number(revision)
}

/** Returns the failure if a new stream may succeed; otherwise throws the RollcallError for it. */
async function survivable(error: unknown, cluster: Cluster, ranges: readonly KeyRange[]): Promise<CallFailure> {
  if (!(error instanceof CallFailure)) throw error
  if (error.isOfTheMember || error.wantsNewToken || !FOR_GOOD.test(error.details)) return error
  throw await cluster.explain(error, `watch ${rangeText(covering(ranges))}`)
}

const FOR_GOOD = /permission denied|authentication failed|user name is empty|larger than max/

function mayHaveLostHistory({ compactRevision, created }: WatchAnswer): boolean {
  return compactRevision > 0 || created
}

/**
 * Throws `history-lost` when the next revision is compacted, or does not exist because the data were restored to an older
 * state. A member that lags behind answers like that for a moment too, so a majority is asked.
 */
async function refuseLostHistory(
  cluster: Cluster,
  ranges: readonly KeyRange[],
  { next }: History,
  answer: WatchAnswer,
  signal: AbortSignal,
): Promise<void> {
  if (next === undefined) return
  if (answer.compactRevision > 0) throw historyLost(next, `begins at revision ${answer.compactRevision}`)
  if (!answer.created || answer.revision + 1 >= next) return
  const revision = await cluster.read('watch', (member) => revisionOf(member, ranges, signal), signal)
  if (revision + 1 < next) throw historyLost(next, `ends at revision ${revision}`)
}

function historyLost(next: number, fact: string): RollcallError {
  return new RollcallError('history-lost', `etcd: cannot continue after revision ${next - 1}: the history ${fact}`, {
    hint: 'read everything again and continue from there',
  })
}

/** The connection as reported to the caller, and the delay before the next attempt. */
class Line {
  #isUp = true
  #delay = FIRST_DELAY

  up(): StoreEvent[] {
    const wasUp = this.#isUp
    this.#isUp = true
    this.#delay = FIRST_DELAY
    return wasUp ? [] : [{ is: 'link', state: 'up' }]
  }

  /** Reports nothing for an expired token, which is renewed at once. */
  down(failure: CallFailure): StoreEvent[] {
    if (!this.#isUp || failure.wantsNewToken) return []
    this.#isUp = false
    return [{ is: 'link', state: 'down', message: `etcd: ${failure.endpoint}: ${briefly(failure.details)}` }]
  }

  /** Waits longer each time; returns at once when aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    const time = this.#delay
    this.#delay = Math.min(time * 2, LONGEST_DELAY)
    await delay(time, undefined, { signal }).catch(() => {})
  }
}
