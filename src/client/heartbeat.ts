import type { Registration } from '../backends/contract/backend.ts'
import { messageOf } from '../model/errors.ts'
import { within } from '../model/signals.ts'
import { backOff, pause } from './back-off.ts'
import type { Source } from './source.ts'

/** Tries of one heartbeat, and the milliseconds between them, before it backs off; as AIO's clients have it. */
const TRIES = 3
const APART = 1_000

/** Milliseconds; a timer cannot wait for more than 24 of them. */
const DAY = 86_400_000

/**
 * Sends heartbeats until the registration is lost; resolves with the reason. It is also lost when no heartbeat got through
 * for as long as the registry grants, unless the registry itself reports that it is alive: answers can come late, or never.
 * Throws the signal's reason when it is aborted.
 */
export async function beatUntilLost(
  registration: Pick<Registration, 'beat' | 'beatEvery' | 'expiresAt' | 'remaining'>,
  { logger, now }: Pick<Source, 'logger' | 'now'>,
  signal: AbortSignal,
): Promise<string> {
  if (!registration.beat || registration.beatEvery === undefined) return await standBy(signal)
  const { expiresAt } = registration
  const beatEvery = Math.min(registration.beatEvery, DAY)
  const lifetime = expiresAt === undefined ? Infinity : Math.max(expiresAt - now(), beatEvery)
  let deadline = performance.now() + lifetime
  for (let failed = 0; ; ) {
    const wait = failed === 0 ? beatEvery : delayAfter(failed, beatEvery)
    await pause(Math.max(0, Math.min(wait, deadline - performance.now())), signal)
    const sentAt = performance.now()
    if (sentAt >= deadline) {
      const left = await remainingOf(registration, beatEvery, signal)
      if (left === 0) return `no heartbeat got through in ${Math.round(lifetime / 1000)}s`
      logger.debug(`no heartbeat was answered, and the registry has kept it for ${Math.round(left / 1000)}s more`)
      deadline = sentAt + left
      continue
    }
    const inTime = until(deadline - sentAt, signal)
    try {
      if ((await registration.beat(inTime)) === 'lost') return 'the registry no longer has it'
      deadline = sentAt + lifetime
      failed = 0
    } catch (error) {
      signal.throwIfAborted()
      failed += 1
      logger.warn(`heartbeat failed: ${inTime.aborted ? 'no answer before the lifetime was over' : messageOf(error)}`)
    }
  }
}

/** Milliseconds that a registration has left although its heartbeats were not answered; 0 when the registry does not report any. */
async function remainingOf(
  { remaining }: Pick<Registration, 'remaining'>,
  patience: number,
  signal: AbortSignal,
): Promise<number> {
  try {
    return (await remaining?.(within(patience, signal))) ?? 0
  } catch {
    signal.throwIfAborted()
    return 0
  }
}

function delayAfter(failed: number, beatEvery: number): number {
  if (failed < TRIES) return Math.min(APART, beatEvery / 4)
  return backOff(failed - TRIES + 1, { first: beatEvery / 4, most: beatEvery / 2 })
}

/** A registration without heartbeats is kept by its connection or needs no keeping; the process keeps running all the same. */
async function standBy(signal: AbortSignal): Promise<never> {
  for (;;) await pause(DAY, signal)
}

function until(milliseconds: number, signal: AbortSignal): AbortSignal {
  return milliseconds === Infinity ? signal : within(milliseconds, signal)
}
