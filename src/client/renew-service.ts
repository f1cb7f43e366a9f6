import { RollcallError, messageOf } from '../model/errors.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { anyOf } from '../model/signals.ts'
import { find, type InstanceRef, nameOf, theOnly } from './find.ts'
import { unsupported } from '../backends/contract/refusals.ts'
import type { Source } from './source.ts'
import { beatUntilLost } from './heartbeat.ts'

/** AIO's own, in milliseconds. */
const INTERVAL = 10_000

/** How often heartbeats are sent, and what ends them. */
export interface RenewServiceOptions {
  /** Milliseconds between two heartbeats; by default 10,000, or a third of the TTL if that is less. */
  readonly every?: number
  /** Ends the heartbeats. */
  readonly signal?: AbortSignal
}

/**
 * The heartbeats of an instance that is already registered, as AIO's `RenewService` sends them: three tries, 1 s apart,
 * then with back-off. Disposing ends them and leaves the instance as it is; until then their timer keeps the process
 * running.
 */
export interface RenewedService extends AsyncDisposable {
  /** Milliseconds between two heartbeats. */
  readonly every: number
  /** Rejects with `not-found` when the registry no longer has the instance; resolves when the heartbeats were ended. */
  readonly done: Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Sends the first heartbeat, and resolves when it has been accepted.
 *
 * @throws RollcallError `not-found`, `ambiguous`, `usage` for an interval that is not below the TTL, `unsupported` when
 * the registry takes no heartbeats
 */
export async function renewService(
  source: Source,
  named: InstanceRef,
  { every, signal, aioTtl }: RenewServiceOptions & { readonly aioTtl: number },
): Promise<RenewedService> {
  const { backend, capabilities, logger } = source
  if (!capabilities.renew) throw unsupported(backend.driver, 'renew')
  const [first] = await find(source, [wantedOf(named)], { detail: true, signal })
  const beatEvery = intervalWithin(first ? lifetimeOf(first, aioTtl) : Infinity, every)
  const beat = (stopped?: AbortSignal): Promise<'ok' | 'lost'> => renewOnce(source, named, stopped)
  if ((await beat(signal)) === 'lost') throw notFound(named)
  const stop = new AbortController()
  const stopped = anyOf(stop.signal, signal)
  const done = beatUntilLost({ beat, beatEvery }, source, stopped).then(
    () => Promise.reject(notFound(named)),
    (error: unknown) => (stopped.aborted ? undefined : Promise.reject(error)),
  )
  // For a caller that never looks at `done`, the failure is logged instead of ending the process.
  done.catch((error: unknown) => logger.warn(`stopped sending heartbeats for ${nameOf(named)}: ${messageOf(error)}`))
  return {
    every: beatEvery,
    done,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await done.catch(() => {})
    },
  }
}

const wantedOf = ({ name, id }: InstanceRef) => ({ service: name, id })

/** In milliseconds. */
function lifetimeOf({ observed: { layout, ttl } }: InstanceEntry, aioTtl: number): number {
  return layout === 'aio' ? aioTtl : (ttl?.granted ?? Infinity) * 1000
}

function intervalWithin(lifetime: number, every = Math.min(INTERVAL, lifetime / 3)): number {
  if (every > 0 && every < lifetime) return every
  throw new RollcallError(
    'usage',
    `the interval of ${every / 1000}s between heartbeats must be above 0 and shorter than the TTL of ${lifetime / 1000}s`,
    {
      hint: 'a third of the TTL is usual',
    },
  )
}

/** One heartbeat for the record as it is now: writes of others do not stop the heartbeats. */
async function renewOnce(source: Source, named: InstanceRef, signal?: AbortSignal): Promise<'ok' | 'lost'> {
  const entry = theOnly(await find(source, [wantedOf(named)], { signal }), named)
  const outcomes = (await source.backend.renew?.(entry?.records ?? [], { signal })) ?? []
  const failed = outcomes.find(({ error }) => error)
  if (failed?.error) throw failed.error
  if (outcomes.length === 0 || outcomes.some(({ result }) => result === 'absent')) return 'lost'
  if (outcomes.every(({ result }) => result === 'done')) return 'ok'
  throw new RollcallError('conflict', `${nameOf(named)} was changed while it was renewed`)
}

function notFound(named: InstanceRef): RollcallError {
  return new RollcallError('not-found', `there is no ${nameOf(named)} to renew`, {
    hint: 'register it with keep-alive, which also registers it again when it is lost',
  })
}
