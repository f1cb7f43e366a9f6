import type { InstanceToRegister, WriteOptions } from '../backends/contract/backend.ts'
import { optionsFor } from '../backends/contract/write-options.ts'
import { RollcallError, messageOf } from '../model/errors.ts'
import { type KeepAlive, type KeepAliveOptions, keepRegistration } from './keep-alive.ts'
import { registerEach } from './register.ts'
import type { Source } from './source.ts'

/**
 * Registers many, keeps each alive from the moment at which it is made, and yields them in their order, as far as they are known; whoever
 * was given one disposes of it. At the first that cannot be registered it ends, as when nobody asks for more: of what comes after that one, and may
 * have been registered together with it, nothing stays registered.
 * @throws the error of the first that cannot be registered, and the signal's reason
 */
export async function* keepAliveEach(
  source: Source,
  instances: readonly InstanceToRegister[],
  options: KeepAliveOptions,
): AsyncGenerator<readonly KeepAlive[], void, undefined> {
  const { onEvent, retries, ...write } = options
  const all: WriteOptions = { ...write, keepAlive: true }
  /** What is registered, and not yet given to anybody. */
  const waiting = new Map<number, KeepAlive>()
  const registering = registerEach(source, instances, all, (at, registration) => {
    const one = instances[at]
    if (!one) return
    const keeping = { keepAlive: true, ...(retries !== undefined && { retries }), ...(onEvent && { onEvent }) } as const
    waiting.set(at, keepRegistration(source, one.instance, { ...optionsFor(one, all), ...keeping }, registration))
  })
  try {
    for await (const known of registering) {
      const refused = known.findIndex(({ result }) => result instanceof RollcallError)
      const made = refused === -1 ? known : known.slice(0, refused)
      const kept = made.flatMap(({ at }) => waiting.get(at) ?? [])
      for (const { at } of made) waiting.delete(at)
      if (kept.length > 0) yield kept
      if (refused !== -1) throw known[refused]?.result
      options.signal?.throwIfAborted()
    }
  } finally {
    await Promise.all([...waiting].map(([at, kept]) => end(source, instances[at], kept)))
  }
}

/** Deregisters one after an error, which is the one to be told of. */
async function end({ logger }: Source, one: InstanceToRegister | undefined, kept: KeepAlive): Promise<void> {
  try {
    await kept[Symbol.asyncDispose]()
  } catch (error) {
    logger.warn(`${one?.instance.name}/${one?.instance.id} may still be registered: ${messageOf(error)}`)
  }
}
