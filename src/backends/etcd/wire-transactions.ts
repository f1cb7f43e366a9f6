import type { ICompare, IRequestOp, ITxnRequest } from 'etcd3'
import { MessageFields, headerRevision } from './wire-fields.ts'
import { MessageWriter } from './wire-writer.ts'

/** What rollcall uses of a TxnResponse, in the shape that etcd3 gives it. */
export interface TransactionAnswer extends NestedAnswer {
  readonly header: { readonly revision: string }
}

interface NestedAnswer {
  readonly succeeded: boolean
  readonly responses: readonly OperationAnswer[]
}

/** One of the fields is there; none for a put. */
export interface OperationAnswer {
  readonly response_range?: { readonly count: string }
  readonly response_delete_range?: { readonly deleted: string }
  readonly response_txn?: NestedAnswer
}

/**
 * Encodes TxnRequest, as far as rollcall uses it: comparisons of one key, puts, deletes, counts, and transactions within.
 * Field numbers: rpc.proto of etcd 3.
 */
export function encodeTransaction(request: ITxnRequest): Buffer {
  const to = new MessageWriter()
  writeTransaction(to, request)
  return to.finish()
}

function writeTransaction(to: MessageWriter, { compare = [], success = [], failure = [] }: ITxnRequest): void {
  for (const each of compare) to.message(1, () => writeComparison(to, each))
  for (const each of success) to.message(2, () => writeOperation(to, each))
  for (const each of failure) to.message(3, () => writeOperation(to, each))
}

/** The targets of a comparison for equality, which is all that rollcall compares. */
const TARGETS: Partial<Record<string | number, number>> = { Version: 0, Create: 1, Mod: 2, Value: 3 }

function writeComparison(to: MessageWriter, { target = 'Version', key, ...operand }: ICompare): void {
  to.number(2, TARGETS[target]).bytes(3, key)
  to.number(4, operand.version).number(5, operand.create_revision).number(6, operand.mod_revision)
  to.bytes(7, operand.value)
}

function writeOperation(to: MessageWriter, operation: IRequestOp): void {
  const { request_range: range, request_put: put, request_delete_range: removal, request_txn: nested } = operation
  if (range) to.message(1, () => to.bytes(1, range.key).flag(9, range.count_only))
  if (put) to.message(2, () => to.bytes(1, put.key).bytes(2, put.value).number(3, put.lease))
  if (removal) to.message(3, () => to.bytes(1, removal.key))
  if (nested) to.message(4, () => writeTransaction(to, nested))
}

/** Decodes TxnResponse. */
export function decodeTransaction(message: Buffer): TransactionAnswer {
  return transactionAnswer(new MessageFields(message), message.length)
}

function transactionAnswer(from: MessageFields, end: number): TransactionAnswer {
  const responses: OperationAnswer[] = []
  let [revision, succeeded] = [0, false]
  for (let field = from.next(end); field !== 0; field = from.next(end)) {
    if (field === 1) revision = headerRevision(from)
    else if (field === 2) succeeded = from.number() !== 0
    else if (field === 3) responses.push(operationAnswer(from))
    else from.skip()
  }
  return { header: { revision: String(revision) }, succeeded, responses }
}

function operationAnswer(from: MessageFields): OperationAnswer {
  const end = from.length()
  let answer: OperationAnswer = {}
  for (let field = from.next(end); field !== 0; field = from.next(end)) {
    if (field === 1) answer = { response_range: { count: numberIn(from, 4) } }
    else if (field === 3) answer = { response_delete_range: { deleted: numberIn(from, 2) } }
    else if (field === 4) answer = { response_txn: transactionAnswer(from, from.length()) }
    else from.skip()
  }
  return answer
}

/** One number of a nested message, as text. */
function numberIn(from: MessageFields, wanted: number): string {
  const end = from.length()
  let found = 0
  for (let field = from.next(end); field !== 0; field = from.next(end)) {
    if (field === wanted) found = from.number()
    else from.skip()
  }
  return String(found)
}
