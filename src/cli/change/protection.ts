import { closedHours, requireUnprotected as requireUnprotectedAt } from '../../client/change/protection.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Entry } from '../../model/reading.ts'
import type { Context } from '../command.ts'
import { placeOf } from './place.ts'

/** @throws RollcallError `refused` where the context in force protects an entry, naming the selectors and what they protect */
export async function requireUnprotected(context: Context, entries: readonly Entry[]): Promise<void> {
  requireUnprotectedAt(entries, await placeOf(context))
}

/** @throws RollcallError `refused` in the hours in which the context in force lets nothing be removed */
export async function requireOpenHours(context: Context): Promise<void> {
  const closed = closedHours(await placeOf(context))
  if (closed === undefined) return
  throw new RollcallError('refused', closed, {
    hint: 'run it later: rollcall purge --plan FILE, and then rollcall apply -f FILE; --dry-run works now',
  })
}

/** For a dry run: that the plan could not be carried out now. */
export async function sayHours(context: Context): Promise<void> {
  const closed = closedHours(await placeOf(context))
  if (closed !== undefined) await context.say(`note: ${closed}`)
}
