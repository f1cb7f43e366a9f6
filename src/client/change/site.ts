import type { Environment } from '../../backends/contract/driver.ts'
import type { Logger } from '../../model/logger.ts'
import type { ProtectedSelector } from '../../reports/protection.ts'
import type { Client } from '../client.ts'

/** What every change of many records takes beside the registry: where this machine keeps what undoes it, and what it must leave alone. */
export interface PlaceOptions {
  /** The variables that say where the state folder is, with the audit log and the backups; those of this process by default. */
  readonly environment?: Environment
  readonly signal?: AbortSignal
  readonly logger?: Logger
  /** The clock, in milliseconds since 1970; that of this machine by default. */
  readonly now?: () => number
  /** What a backup and the audit log call the registry beside its address, such as `prod`. */
  readonly context?: string
  /** Who asked, for the backup and the audit log; the user of this process by default. */
  readonly user?: string
  /** What is neither removed nor taken offline: whatever all parts of one of these choose. Nothing by default. */
  readonly protected?: readonly ProtectedSelector[]
  /** When nothing is removed, such as `Mon-Fri 09:00-18:00 Europe/Berlin`. Never by default. */
  readonly protectedHours?: readonly string[]
  /** What a refusal calls the origin of both; the context by default. */
  readonly protectedBy?: string
}

/** The registry in which something is changed, with all that a change needs to know of its place. */
export interface ChangeSite extends PlaceOptions {
  readonly client: Client
  readonly environment: Environment
  readonly logger: Logger
  readonly now: () => number
  readonly signal: AbortSignal
}
