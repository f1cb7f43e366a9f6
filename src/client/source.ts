import type { Backend } from '../backends/contract/backend.ts'
import type { Capabilities } from '../model/capabilities.ts'
import type { Logger } from '../model/logger.ts'

/** What the parts of the client work on: an open registry, its capabilities, and the clock (milliseconds since 1970). */
export interface Source {
  readonly backend: Backend
  readonly capabilities: Capabilities
  readonly logger: Logger
  readonly now: () => number
  /** The registry as people write it, for tracing. */
  readonly registry: string
}
