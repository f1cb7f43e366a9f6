import type { Environment } from '../backends/contract/driver.ts'
import type { PlaceOptions } from '../client/change/site.ts'
import type { Client } from '../client/client.ts'
import type { Logger } from '../model/logger.ts'

/** The registry that is served, where this machine keeps what undoes a change of it, and what changes have to leave alone. */
export interface ServedSite extends PlaceOptions {
  readonly client: Client
  readonly environment: Environment
  readonly logger: Logger
  readonly now: () => number
  readonly signal: AbortSignal
}
