import type { Backend } from '../backends/contract/backend.ts'
import type { Capabilities } from '../model/capabilities.ts'
import type { Logger } from '../model/logger.ts'

/** What the parts of the client work on: an opened registry, what it can, and the clock (milliseconds since 1970). */
export interface Source {
  readonly backend: Backend
  readonly capabilities: Capabilities
  readonly logger: Logger
  readonly now: () => number
}
