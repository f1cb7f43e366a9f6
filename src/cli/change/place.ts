import type { PlaceOptions } from '../../client/change/site.ts'
import type { Context } from '../command.ts'

/** Where a command changes something: its state folder, and what its context protects. */
export async function placeOf(context: Context): Promise<PlaceOptions> {
  const { protected: selectors, protectedHours, origins, context: name } = await context.resolved()
  const { io, logger, signal } = context
  const from = origins.find((each) => each.name === 'protected')?.from ?? ''
  return {
    environment: io.env,
    logger,
    now: () => context.now(),
    signal,
    protected: selectors,
    protectedHours: protectedHours.map(({ text }) => text),
    ...(name === undefined ? { protectedBy: from } : { context: name }),
  }
}
