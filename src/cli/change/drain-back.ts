import { planDrainBack } from '../../client/undo/drain-back.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { whereabouts } from './confirmation.ts'
import { describeRun } from './kept-runs.ts'
import { placeOf } from './place.ts'
import { type Consent, takeBack } from './take-back.ts'

/**
 * Takes back the newest drain of a host in the registry of this context, and those before it that were cut off.
 * @throws RollcallError `not-found` where there is none, `usage` for services
 */
export async function takeDrainBack(
  context: Context,
  { host, services }: { readonly host: string; readonly services: readonly string[] },
  consent: Consent,
): Promise<number> {
  if (services.length > 0) {
    throw new RollcallError('usage', '--back takes no services', { hint: 'it takes back all of a drain' })
  }
  const plan = await planDrainBack(await context.client(), host, await placeOf(context))
  if (plan.backups.length === 0) {
    throw new RollcallError(
      'not-found',
      `no drain of ${host} to take back in ${whereabouts(await context.resolved())}`,
      {
        hint: `rollcall undo --list shows what was done from here; rollcall online --host ${host} puts back what is offline`,
      },
    )
  }
  const facts = plan.backups.flatMap(({ backup: { run }, chosen }) =>
    run && chosen > 0 ? describeRun(run, context.now(), host) : [],
  )
  return plan.records.length === 0 ? 0 : await takeBack(context, plan, { ...consent, facts })
}
