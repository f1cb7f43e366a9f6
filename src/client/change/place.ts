import type { Environment } from '../../backends/contract/driver.ts'
import { UNPROTECTED } from '../../reports/protection.ts'
import { type Logger, silent } from '../../model/logger.ts'
import type { Client } from '../client.ts'
import type { ChangeSite } from './site.ts'

/** What every change of many records takes beside the registry. */
export interface PlaceOptions {
  /** The variables that say where the state folder is, with the audit log and the backups; those of this process by default. */
  readonly environment?: Environment
  readonly signal?: AbortSignal
  readonly logger?: Logger
}

/** The place of a change by a program, which has no contexts that could protect anything. */
export function placeAt(client: Client, { environment, signal, logger = silent }: PlaceOptions): ChangeSite {
  return {
    client,
    env: environment ?? process.env,
    logger,
    now: Date.now,
    signal: signal ?? new AbortController().signal,
    context: undefined,
    protection: UNPROTECTED,
    protector: '',
  }
}
