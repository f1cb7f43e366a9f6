import type { Backend, Registration, WriteOptions } from '../backends/contract/backend.ts'
import { messageOf } from '../model/errors.ts'
import type { InstanceInit } from '../model/instance.ts'
import type { Logger } from '../model/logger.ts'
import { type BackOff, backOff, isAway, pause } from './back-off.ts'

const RETRIES = 5
const DELAY: BackOff = { first: 200, most: 3_000 }

/** Registers once. While the registry is away it is tried again, at most 5 times; a refusal is final. */
export async function register(
  { backend, logger }: { readonly backend: Backend; readonly logger: Logger },
  instance: InstanceInit,
  options: WriteOptions,
): Promise<Registration> {
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted()
    try {
      return await backend.register(instance, options)
    } catch (error) {
      if (!isAway(error) || attempt > RETRIES) throw error
      logger.warn(`register ${instance.name}/${instance.id}: ${messageOf(error)}; trying again`)
      await pause(backOff(attempt, DELAY), options.signal)
    }
  }
}
