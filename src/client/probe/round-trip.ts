import { within } from '../../model/signals.ts'
import { askedOf } from './ask.ts'
import { askTcp } from './transports.ts'

/** Milliseconds. */
const TIMEOUT = 1000

/** How long a connection to an endpoint takes, in milliseconds; undefined where there is none within a second. */
export async function roundTripTo(endpoint: string, stop: AbortSignal): Promise<number | undefined> {
  const asked = askedOf(endpoint)
  if (!asked) return undefined
  const begun = performance.now()
  try {
    await askTcp(asked, within(TIMEOUT, stop))
    return performance.now() - begun
  } catch {
    stop.throwIfAborted()
    return undefined
  }
}
