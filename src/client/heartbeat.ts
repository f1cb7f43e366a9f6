import type { Registration } from '../backends/contract/backend.ts'
import { messageOf } from '../model/errors.ts'
import { within } from '../model/signals.ts'
import { pause } from '../model/back-off.ts'
import { type BeatEnd, DAY, Pulse, TOO_LATE } from './pulse.ts'
import type { Source } from './source.ts'
import { Waits } from './waits.ts'

type Beating = Pick<Registration, 'beat' | 'beatEvery' | 'beatEarly' | 'expiresAt' | 'remaining'>

/**
 * Sends heartbeats until the registration is lost; resolves with the reason. It is also lost when no heartbeat got through
 * for as long as the registry grants, unless the registry itself reports that it is alive: answers can come late, or never.
 * Throws the signal's reason when it is aborted. `together` sends them with those of others, for as long as all goes well.
 */
export async function beatUntilLost(
  registration: Beating,
  { logger, now }: Pick<Source, 'logger' | 'now'>,
  signal: AbortSignal,
  together?: (pulse: Pulse, signal: AbortSignal) => Promise<BeatEnd>,
): Promise<string> {
  if (!registration.beat || registration.beatEvery === undefined) return await standBy(signal)
  const pulse = new Pulse(registration, registration.beatEvery, now)
  let waits: Waits | undefined
  try {
    for (;;) {
      const end =
        together && pulse.failed === 0
          ? await together(pulse, signal)
          : await beatOnce(registration, pulse, (waits ??= new Waits(signal)))
      if (end === 'ok') continue
      if (end === 'lost') return 'the registry no longer has it'
      if (end === 'overdue') {
        const sentAt = performance.now()
        const remaining = await remainingOf(registration, pulse.every, signal)
        if (remaining === 0) return `no heartbeat got through in ${Math.round(pulse.lifetime / 1000)}s`
        const seconds = Math.round(remaining / 1000)
        logger.debug(`no heartbeat was answered, and the registry has kept it for ${seconds}s more`)
        pulse.deadline = sentAt + remaining
      } else {
        signal.throwIfAborted()
        pulse.failed += 1
        logger.warn(`heartbeat failed: ${end.failure}`)
      }
    }
  } finally {
    waits?.[Symbol.dispose]()
  }
}

/** Waits for the next heartbeat and sends it. */
async function beatOnce(registration: Beating, pulse: Pulse, waits: Waits): Promise<BeatEnd> {
  const early = pulse.failed === 0 ? registration.beatEarly : undefined
  await waits.pause(pulse.wait(), early)
  const sentAt = performance.now()
  if (sentAt >= pulse.deadline) return 'overdue'
  const inTime = waits.limit(pulse.deadline - sentAt)
  try {
    if ((await registration.beat?.(inTime)) === 'lost') return 'lost'
    pulse.answered(sentAt)
    return 'ok'
  } catch (error) {
    return { failure: inTime.aborted ? TOO_LATE : messageOf(error) }
  } finally {
    waits.lift()
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

/** A registration without heartbeats is kept by its connection or needs no keeping; the process keeps running all the same. */
async function standBy(signal: AbortSignal): Promise<never> {
  for (;;) await pause(DAY, signal)
}
