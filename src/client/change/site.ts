import type { Environment } from '../../backends/contract/driver.ts'
import type { Protection } from '../../reports/protection.ts'
import type { Logger } from '../../model/logger.ts'
import type { Client } from '../client.ts'

/** The registry in which something is changed, where this machine keeps what `undo` needs, and for whom it is done. */
export interface ChangeSite {
  readonly client: Client
  /** Of the process: it says where backups and the audit log are. */
  readonly env: Environment
  readonly logger: Logger
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number
  readonly signal: AbortSignal
  /** The name of the context in force, if one is. */
  readonly context: string | undefined
  /** What that context, or the project file, keeps from being removed. */
  readonly protection: Protection
  /** What a message calls the origin of the protection. */
  readonly protector: string
  /** Who asked, where that is not the user of this process. */
  readonly user?: string
}
