import type { PurgePlan } from '../../client/purge/plan.ts'
import { RollcallError } from '../../model/errors.ts'
import type { GuardFlags } from './options.ts'

/** @throws RollcallError `refused` when a guard refuses the plan that no flag lifts, naming the flags that do */
export function requireAllowed({ refusals }: PurgePlan, flags: Pick<GuardFlags, 'force' | 'trustClock'>): void {
  const lifted = { '--force': flags.force, '--trust-clock': flags.trustClock, '--rule': false }
  const standing = refusals.filter(({ liftedBy }) => !lifted[liftedBy])
  if (standing.length === 0) return
  const hints = [...new Set(standing.map(({ liftedBy }) => HINTS[liftedBy]))]
  throw new RollcallError('refused', `the whole plan is refused:\n${standing.map(({ fact }) => fact).join('\n')}`, {
    hint: hints.join('; '),
  })
}

const HINTS = {
  '--force': '--force lifts this guard; --max-percent and --keep-min move the one that counts instances',
  '--trust-clock': 'set the clock right, or add --trust-clock where it is known to be right',
  '--rule':
    'look at the prefix; where it is right, --rule with the codes that are meant, as check-keys shows them, lifts this',
} as const
