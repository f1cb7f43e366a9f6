import type { WatchEvent } from '../model/change.ts'
import type { Context } from './context.ts'

/** Says on standard error that the connection went away, or is back. */
export async function sayLink(context: Context, { state, message }: WatchEvent & { type: 'link' }): Promise<void> {
  const lost = message === undefined ? 'connection lost' : `connection lost: ${message}`
  await context.say(state === 'up' ? 'connected again' : lost)
}
