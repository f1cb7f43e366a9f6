import type { Environment } from '../backends/contract/backend.ts'
import type { Strangers } from './project-file.ts'
import { TRUST_VARIABLE, isTrustedByVariable } from './trust-variable.ts'

/** Project files of other users are left out with a warning, but for those that ROLLCALL_TRUST_PROJECT names. */
export function strangersOf({
  env,
  warn,
}: {
  readonly env: Environment
  readonly warn: (message: string) => void
}): Strangers {
  return {
    accepts: (path) => isTrustedByVariable(path, env),
    leftOut: (path, uid) =>
      warn(`${path} is ignored: it belongs to another user (uid ${uid}); ${TRUST_VARIABLE}=${path} accepts it`),
  }
}
