import type { ErrorCode } from '../model/errors.ts'

/** 1 means "the answer is no", 2 and up "I could not answer", as grep and diff have it. A code without a status does not compile. */
const STATUS = {
  'not-found': 1,
  declined: 1,
  usage: 2,
  config: 2,
  confirmation: 2,
  ambiguous: 2,
  unreachable: 3,
  timeout: 3,
  'wrong-server': 3,
  // A full disk, a damaged file, a quota: the registry itself has to be repaired first.
  storage: 3,
  unauthenticated: 4,
  forbidden: 4,
  untrusted: 4,
  partial: 5,
  refused: 6,
  unsupported: 6,
  // The registry works but cannot go back that far; trying again, as for 3, never helps.
  'history-lost': 6,
  conflict: 7,
  deadline: 124,
  interrupted: 130,
  terminated: 143,
} as const satisfies Record<ErrorCode, number>

/** The exit status for anything thrown that is not a RollcallError. */
export const STATUS_OF_A_BUG = 70

/** The exit status of an error that has a code. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code]
}
