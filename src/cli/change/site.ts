import type { ChangeSite } from '../../client/change/site.ts'
import type { Context } from '../command.ts'

/** Where a command changes something: its registry, its state folder, and what its context protects. */
export async function siteOf(context: Context): Promise<ChangeSite> {
  const { protected: selectors, protectedHours, origins, context: name } = await context.resolved()
  const { io, logger, signal } = context
  const from = origins.find((each) => each.name === 'protected')?.from ?? ''
  return {
    client: await context.client(),
    env: io.env,
    logger,
    now: () => context.now(),
    signal,
    context: name,
    protection: { protected: selectors, protectedHours },
    protector: name === undefined ? from : `context ${name}`,
  }
}
