import type { ICompare, IRequestOp, ITxnRequest } from 'etcd3'
import { keyOfOperation, type Operation, type OperationOutcome } from '../kv/store.ts'
import { leaseId, buffer } from './calls.ts'
import type { OperationAnswer, TransactionAnswer } from './wire-transactions.ts'

/** etcd accepts 128 operations per transaction, including those of nested ones. */
export const OPERATIONS = 125
/** etcd accepts requests of up to 1.5 MiB. */
const REQUEST_BYTES = 1 << 20
const OVERHEAD = 64

/**
 * Splits operations into parts that each fit into a request. One that is too large by itself stands alone, so that etcd
 * refuses it alone.
 */
export function batches(operations: readonly Operation[]): Operation[][] {
  const all: Operation[][] = []
  let room = 0
  for (const operation of operations) {
    const bytes = sizeOf(operation)
    const current = all.at(-1)
    if (current && current.length < OPERATIONS && bytes <= room) current.push(operation)
    else {
      all.push([operation])
      room = REQUEST_BYTES
    }
    room -= bytes
  }
  return all
}

function sizeOf(operation: Operation): number {
  return 'put' in operation
    ? 3 * operation.put.length + operation.value.length + OVERHEAD
    : 4 * keyOfOperation(operation).length + (wasOf(operation)?.length ?? 0) + 2 * OVERHEAD
}

/**
 * A request that carries out each operation independently: a guarded one is a nested transaction.
 *
 * Older servers do not check permissions inside nested transactions (GHSA-rfx7-8w68-q57q). So the same keys are repeated in the
 * branch that is never taken, where every server checks them.
 */
export function separately(operations: readonly Operation[]): ITxnRequest {
  const success = operations.map((operation) => guarded(operation))
  return { compare: [], success, failure: operations.map((operation) => permissionFor(operation)) }
}

function permissionFor(operation: Operation): IRequestOp {
  if (!('put' in operation)) return actOf(operation)
  return { request_put: { key: buffer(operation.put), value: Buffer.alloc(0) } }
}

function guarded(operation: Operation): IRequestOp {
  const compare = comparisonsOf(operation)
  if (compare.length === 0) return actOf(operation)
  // Whether the key exists distinguishes a changed record from one that is gone.
  const failure = 'delete' in operation ? [looking(operation.delete)] : []
  return { request_txn: { compare, success: [actOf(operation)], failure } }
}

/** A request that carries out all operations or none. */
export function together(operations: readonly Operation[]): ITxnRequest {
  const compare = operations.flatMap(comparisonsOf)
  return { compare, success: operations.map((operation) => actOf(operation)), failure: [] }
}

function comparisonsOf(operation: Operation): ICompare[] {
  if (operation.expect === undefined) return []
  const key = buffer(keyOfOperation(operation))
  if (operation.expect === null) return [{ key, result: 'Equal', target: 'Create', create_revision: '0' }]
  const revision: ICompare = { key, result: 'Equal', target: 'Mod', mod_revision: operation.expect }
  const was = wasOf(operation)
  return was === undefined ? [revision] : [revision, { key, result: 'Equal', target: 'Value', value: buffer(was) }]
}

function wasOf(operation: Operation): Uint8Array | undefined {
  return 'delete' in operation ? operation.was : undefined
}

function actOf(operation: Operation): IRequestOp {
  if ('delete' in operation) return { request_delete_range: { key: buffer(operation.delete) } }
  if ('check' in operation) return looking(operation.check)
  const { put, value, lease } = operation
  return {
    request_put: { key: buffer(put), value: buffer(value), ...(lease === undefined ? {} : { lease: leaseId(lease) }) },
  }
}

/** Reads whether a key exists. */
function looking(key: Uint8Array): IRequestOp {
  return { request_range: { key: buffer(key), count_only: true } }
}

/** The outcomes of the operations of a transaction, in order. */
export function outcomesOf(operations: readonly Operation[], answer: TransactionAnswer): OperationOutcome[] {
  if (!answer.succeeded) return operations.map(() => ({ result: 'changed' }))
  return operations.map((operation, at) => {
    const outcome = outcomeOf(answer.responses[at], answer.header.revision)
    return 'check' in operation ? { result: outcome.result } : outcome
  })
}

function outcomeOf(response: OperationAnswer | undefined, revision: string): OperationOutcome {
  const nested = response?.response_txn
  if (nested && !nested.succeeded) {
    const looked = nested.responses[0]?.response_range
    return { result: looked?.count === '0' ? 'absent' : 'changed' }
  }
  const deleted = (nested ? nested.responses[0] : response)?.response_delete_range
  return deleted?.deleted === '0' ? { result: 'absent' } : { result: 'done', revision }
}
