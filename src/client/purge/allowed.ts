import { advice, option } from '../../model/wording.ts'
import { RollcallError } from '../../model/errors.ts'
import type { PurgePlan } from './plan.ts'
import type { PlanRefusal } from './refusal.ts'

/** Which guards do not count. */
export interface LiftedGuards {
  /** Those that count instances, and the one for services of which no endpoint answers. */
  readonly force?: boolean
  /** Those that mistrust the clock of this machine. */
  readonly trustClock?: boolean
}

/**
 * Makes sure that no guard refuses a plan, before somebody is asked about it. `purge` looks by itself.
 * @throws RollcallError `refused` when one does that is not lifted, naming what lifts it
 */
export function requireAllowed({ refusals }: PurgePlan, lifted: LiftedGuards = {}): void {
  const { force = false, trustClock = false } = lifted
  const isLifted = { force, trustClock, flagged: false }
  const standing = refusals.filter(({ liftedBy }) => liftedBy === undefined || !isLifted[liftedBy])
  if (standing.length === 0) return
  const hints = [...new Set(standing.map(({ liftedBy }) => hintFor(liftedBy)))]
  throw new RollcallError('refused', `the whole plan is refused:\n${standing.map(({ fact }) => fact).join('\n')}`, {
    hint: hints.join('; '),
  })
}

function hintFor(liftedBy: PlanRefusal['liftedBy']): string {
  switch (liftedBy) {
    case 'force':
      return `${option('force')} overrides this guard; ${option('guard.maxPercent')} and ${option('guard.keepMin')} change the limits of the one that counts instances`
    case 'trustClock':
      return `set the clock, or add ${option('trustClock')} if it is known to be right`
    case 'flagged':
      return `check the prefix; if it is right, ${advice('purgeByRule')}`
    default:
      return `leave out what stays: name the other services, or a ${option('prefix')}`
  }
}
