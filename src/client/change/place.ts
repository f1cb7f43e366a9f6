import { silent } from '../../model/logger.ts'
import type { Client } from '../client.ts'
import type { ChangeSite, PlaceOptions } from './site.ts'

/** The place of a change, with what was left out. */
export function placeAt(client: Client, options: PlaceOptions): ChangeSite {
  const { environment, signal, logger = silent, now = Date.now } = options
  return {
    ...options,
    client,
    environment: environment ?? process.env,
    logger,
    now,
    signal: signal ?? new AbortController().signal,
  }
}
