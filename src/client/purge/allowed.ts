import { RollcallError } from '../../model/errors.ts'
import type { PurgePlan } from './plan.ts'

/** Which guards do not count. */
export interface LiftedGuards {
  /** Those that count instances, and the one for services of which no endpoint answers. */
  readonly force?: boolean
  /** Those that mistrust the clock of this machine. */
  readonly trustClock?: boolean
}

/** @throws RollcallError `refused` when a guard refuses the plan that no flag lifts, naming the flags that do */
export function requireAllowed({ refusals }: PurgePlan, lifted: LiftedGuards): void {
  const isLifted = { '--force': lifted.force, '--trust-clock': lifted.trustClock, '--rule': false }
  const standing = refusals.filter(({ liftedBy }) => liftedBy === undefined || !isLifted[liftedBy])
  if (standing.length === 0) return
  const hints = [...new Set(standing.map(({ liftedBy }) => HINTS[liftedBy ?? 'nothing']))]
  throw new RollcallError('refused', `the whole plan is refused:\n${standing.map(({ fact }) => fact).join('\n')}`, {
    hint: hints.join('; '),
  })
}

const HINTS = {
  nothing: 'leave out what stays: name the other services, or a --prefix',
  '--force':
    '--force overrides this guard; --max-percent and --keep-min change the limits of the one that counts instances',
  '--trust-clock': 'set the clock, or add --trust-clock if it is known to be right',
  '--rule':
    'check the prefix; if it is right, name the rules to purge by with --rule, by the codes that check-keys shows',
} as const
