import type { Target } from '../backends/contract/driver.ts'
import type { Diagnosis } from '../model/diagnosis.ts'
import { silent } from '../model/logger.ts'
import { type ClientOptions, driverOf } from './client.ts'

/**
 * Streams what there is to say of a registry's servers and of the registry itself: whether it answers, its certificates and clocks,
 * the rights of the user, and what its kind of store can go wrong by. Nothing is written. A server that is away is a diagnosis.
 *
 * @throws RollcallError `config` for files that cannot be used; the signal's reason
 */
export function diagnose(target: Target, options: ClientOptions = {}): AsyncIterable<Diagnosis> {
  const { signal = new AbortController().signal, logger = silent, now = Date.now } = options
  return driverOf(target).diagnose(target, { signal, logger, now })
}
