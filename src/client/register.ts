import { RollcallError, messageOf } from '../model/errors.ts'
import { isAway, isOfTheInstance } from '../backends/contract/outcome.ts'
import { optionsFor } from '../backends/contract/write-options.ts'
import type { Backend, InstanceToRegister, Registration, WriteOptions } from '../backends/contract/backend.ts'
import type { InstanceInit } from '../model/instance.ts'
import type { Logger } from '../model/logger.ts'
import { type BackOff, backOff, pause } from '../model/back-off.ts'

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

/** How many are registered together: what is found of a service is believed for so many. */
const TOGETHER = 1_000

/** What became of one of many. */
export interface RegisteredOne {
  /** Which of them. */
  readonly at: number
  readonly result: Registration | RollcallError
  /** False where an earlier error kept it from being tried. */
  readonly attempted: boolean
  /** An error because of which none after it is tried, or one that came before. */
  readonly stops: boolean
}

/** Told of each that is made at once, which may be before its turn comes. */
type Made = (at: number, registration: Registration) => void

/**
 * Registers many, each once, and yields what became of each, in their order, together what is known at the same time. An error of one instance is its result; after any other the
 * rest is not attempted. Those of which nothing is there are registered together, where the registry is faster so; what it did not
 * answer of those is tried again alone, which finds what is there.
 * @throws the signal's reason
 */
export async function* registerEach(
  source: { readonly backend: Backend; readonly logger: Logger },
  instances: readonly InstanceToRegister[],
  options: WriteOptions,
  made?: Made,
): AsyncGenerator<readonly RegisteredOne[], void, undefined> {
  let stopped: RollcallError | undefined
  for (let from = 0; from < instances.length; from += TOGETHER) {
    const part = instances.slice(from, from + TOGETHER)
    const done = stopped ? [] : await together(source, part, options)
    for (const [place, own] of done.entries()) if (own && !(own instanceof RollcallError)) made?.(from + place, own)
    let known: RegisteredOne[] = []
    for (const [place, one] of part.entries()) {
      const own = done[place]
      const attempted = own !== undefined || stopped === undefined
      const unanswered = isAway(own) ? own : undefined
      let result: RegisteredOne['result'] | undefined = (unanswered && !stopped ? undefined : own) ?? stopped
      if (!result) {
        if (known.length > 0) yield known
        known = []
        result = await again(unanswered, source, one.instance, optionsFor(one, options))
        if (!(result instanceof RollcallError)) made?.(from + place, result)
      }
      if (result instanceof RollcallError && !isOfTheInstance(result)) stopped ??= result
      const stops = result instanceof RollcallError && stopped !== undefined
      known.push({ at: from + place, result, attempted, stops })
    }
    yield known
  }
}

/** What became of those that could be registered together; undefined for those that are to be registered alone. */
async function together(
  { backend, logger }: { readonly backend: Backend; readonly logger: Logger },
  part: readonly InstanceToRegister[],
  options: WriteOptions,
): Promise<readonly (Registration | RollcallError | undefined)[]> {
  if (part.length === 1 || !backend.registerNew) return []
  try {
    return await backend.registerNew(part, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!(error instanceof RollcallError)) throw error
    // Some may be there by now: one by one they are found.
    logger.debug(`not registered together: ${messageOf(error)}`)
    return []
  }
}

/** Registers one alone. `unanswered`: it may be registered already, together with others, and this is how that ended. */
async function again(
  unanswered: RollcallError | undefined,
  ...one: Parameters<typeof alone>
): Promise<Registration | RollcallError> {
  const result = await alone(...one)
  return unanswered && isAway(result) ? unanswered : result
}

async function alone(
  source: { readonly backend: Backend; readonly logger: Logger },
  instance: InstanceInit,
  options: WriteOptions,
): Promise<Registration | RollcallError> {
  try {
    return await register(source, instance, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (error instanceof RollcallError) return error
    throw error
  }
}
