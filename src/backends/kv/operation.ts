import type { Operation } from './store.ts'

/** The key that an operation is about. */
export function keyOfOperation(operation: Operation): Uint8Array {
  if ('put' in operation) return operation.put
  return 'delete' in operation ? operation.delete : operation.check
}
