import { RollcallError } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import { notAttempted, outcomeOfError, stopsTheRest } from '../contract/outcome.ts'
import type { Operation, Store } from './store.ts'

export type Put = Extract<Operation, { readonly put: Uint8Array }>

/** A change of one record. */
export interface Change<Kind extends Operation = Operation> {
  readonly id: string
  readonly operation: Kind
}

/** What etcd does in one transaction. An error leaves no more in doubt than what is in flight. */
const BATCH = 125
/** Batches that the registry has at once, or a part of one sent change by change. */
const IN_FLIGHT = 4

/**
 * Guarded changes, an outcome each. One that is refused fails alone; when the registry no longer answers, what it had
 * been sent is in doubt, and what is left is not attempted.
 */
export async function* writeEach(
  store: Store,
  changes: readonly Change[],
  signal?: AbortSignal,
  size = BATCH,
): AsyncGenerator<Outcome> {
  const flying: Promise<Answer>[] = []
  let at = 0
  const send = (): void => {
    for (; flying.length < IN_FLIGHT && at < changes.length; at += size) {
      const answer = attempt(store, changes.slice(at, at + size), signal)
      answer.catch(() => {}) // the caller may leave before it is looked at
      flying.push(answer)
    }
  }
  let broken: RollcallError | undefined
  for (;;) {
    if (!broken) send()
    const answer = await flying.shift()
    if (!answer) break
    yield* answer.outcomes
    broken ??= answer.broken
  }
  const error = broken
  if (error) yield* changes.slice(at).map(({ id }) => notAttempted(id, error))
}

/** What became of a batch; `broken`: the registry no longer answers. */
interface Answer {
  readonly outcomes: readonly Outcome[]
  readonly broken?: RollcallError
}

async function attempt(store: Store, batch: readonly Change[], signal?: AbortSignal): Promise<Answer> {
  try {
    const outcomes = await write(store, batch, signal)
    const silence = outcomes.find(({ result }) => result === 'in-doubt' || result === 'not-attempted')?.error
    return silence instanceof RollcallError ? { outcomes, broken: silence } : { outcomes }
  } catch (error) {
    if (!(error instanceof RollcallError) || signal?.aborted) throw error
    const outcomesOfError = batch.map(({ id }) => outcomeOfError(id, error))
    if (stopsTheRest(error)) return { outcomes: outcomesOfError, broken: error }
    if (batch.length === 1) return { outcomes: outcomesOfError }
    const outcomes: Outcome[] = []
    for await (const outcome of writeEach(store, batch, signal, 1)) outcomes.push(outcome)
    return { outcomes }
  }
}

async function write(store: Store, batch: readonly Change[], signal?: AbortSignal): Promise<Outcome[]> {
  const operations = batch.map((change) => change.operation)
  const outcomes = await store.write(operations, { signal })
  return batch.map(({ id }, at) => {
    const { result = 'failed', error } = outcomes[at] ?? {}
    if (error === undefined) return { id, result }
    return result === 'failed' ? outcomeOfError(id, error) : { id, result, error }
  })
}

/** A change that this record cannot have, as an answer. */
export function unsupported(id: string, message: string, hint?: string): Outcome {
  return { id, result: 'unsupported', error: new RollcallError('unsupported', message, { hint }) }
}

/** One of each id, so that no key stands twice in a batch. */
export function distinct<T extends { readonly id: string }>(records: readonly T[]): T[] {
  return [...new Map(records.map((record) => [record.id, record])).values()]
}
