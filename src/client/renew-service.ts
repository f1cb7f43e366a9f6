import { RollcallError, messageOf } from '../model/errors.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { anyOf } from '../model/signals.ts'
import { find, type InstanceRef, nameOf, theOnly } from './find.ts'
import { unsupported, type Source } from './source.ts'
import { beatUntilLost } from './heartbeat.ts'

/** AIO's own, in milliseconds. */
const INTERVAL = 10_000

export interface RenewServiceOptions {
  /** Milliseconds between two heartbeats; left out: 10 s, or a third of the TTL where that is less. */
  readonly every?: number
  /** Ends the heartbeats. */
  readonly signal?: AbortSignal
}

/**
 * The heartbeats of an instance that is registered already, as AIO's `RenewService` sends them: three tries, 1 s apart,
 * then on with back-off. Disposing ends them and leaves the instance as it is; until then their timer keeps the process
 * running.
 */
export interface RenewedService extends AsyncDisposable {
  /** Milliseconds between two heartbeats. */
  readonly every: number
  /** Rejects with `not-found` when the registry has the instance no longer; resolves when the heartbeats were ended. */
  readonly done: Promise<void>
}

/**
 * Sends the first heartbeat, and answers when it is done.
 *
 * @throws RollcallError `not-found`, `ambiguous`, `usage` for an interval that is not below the TTL, `unsupported` where
 * nothing can be renewed
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
  // A caller who never looks at `done` is told by the log, not by the end of his process.
  done.catch((error: unknown) => logger.warn(`no heartbeats for ${nameOf(named)} any more: ${messageOf(error)}`))
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
  throw new RollcallError('usage', `a heartbeat every ${every / 1000}s does not fit a TTL of ${lifetime / 1000}s`, {
    hint: 'a third of the TTL is usual',
  })
}

/** Of what is there now: who else writes the record does not stop its heartbeats. */
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
    hint: 'register it, which can keep it alive and registers it again by itself',
  })
}
