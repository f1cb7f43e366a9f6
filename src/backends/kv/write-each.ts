import { RollcallError, type ErrorCode } from '../../model/errors.ts'
import type { Outcome } from '../../model/record.ts'
import type { Operation, Store } from './store.ts'

export type Put = Extract<Operation, { readonly put: Uint8Array }>

/** A change of one record. */
export interface Change<Kind extends Operation = Operation> {
  readonly id: string
  readonly operation: Kind
}

/** What etcd does in one transaction, so that an error leaves no more than this in doubt. */
const BATCH = 125

/** After one of these the next change would fail alike. */
const STOPS: ReadonlySet<ErrorCode> = new Set(['unreachable', 'timeout', 'unauthenticated', 'wrong-server', 'storage'])

/**
 * Guarded changes, an outcome each. One that is refused fails alone; when the registry no longer answers,
 * what is left fails with that error and is not tried.
 */
export async function* writeEach(
  store: Store,
  changes: readonly Change[],
  signal?: AbortSignal,
  size = BATCH,
): AsyncGenerator<Outcome> {
  let broken: RollcallError | undefined
  for (let at = 0; at < changes.length; at += size) {
    const batch = changes.slice(at, at + size)
    if (broken) {
      yield* failed(batch, broken)
      continue
    }
    try {
      yield* await write(store, batch, signal)
    } catch (error) {
      if (!(error instanceof RollcallError) || signal?.aborted) throw error
      if (STOPS.has(error.code)) broken = error
      if (broken || batch.length === 1) yield* failed(batch, error)
      else yield* writeEach(store, batch, signal, 1)
    }
  }
}

async function write(store: Store, batch: readonly Change[], signal?: AbortSignal): Promise<Outcome[]> {
  const operations = batch.map((change) => change.operation)
  const outcomes = await store.write(operations, { signal })
  return batch.map(({ id }, at) => {
    const { result = 'failed', error } = outcomes[at] ?? {}
    return error === undefined ? { id, result } : { id, result, error }
  })
}

function failed(batch: readonly Change[], error: RollcallError): Outcome[] {
  return batch.map(({ id }) => ({ id, result: 'failed', error }))
}

/** A change that this record cannot have, as an answer. */
export function unsupported(id: string, message: string, hint?: string): Outcome {
  return { id, result: 'unsupported', error: new RollcallError('unsupported', message, { hint }) }
}

/** One of each id, so that no key stands twice in a batch. */
export function distinct<T extends { readonly id: string }>(records: readonly T[]): T[] {
  return [...new Map(records.map((record) => [record.id, record])).values()]
}
