import type { Guard } from '../../client/purge/guard.ts'
import { RollcallError } from '../../model/errors.ts'
import { type OptionValues, toggle, value, wholeNumber } from '../args/options.ts'

/** Options of the guards, which keep a plan from removing too much, on every command that makes one. */
export const guardOptions = {
  maxPercent: value('--max-percent <percent>', "at most this share of a service's up instances may be removed (50)"),
  keepMin: value('--keep-min <count>', 'instances that must stay up in each service (0)'),
  force: toggle(
    '--force',
    'override --max-percent, --keep-min, and the guard for services of which no endpoint answers',
  ),
  trustClock: toggle('--trust-clock', 'trust the clock of this machine where the times in the registry contradict it'),
} as const

export type GuardFlags = OptionValues<typeof guardOptions>

/** @throws RollcallError `usage` */
export function guardOf(flags: Pick<GuardFlags, 'maxPercent' | 'keepMin'>): Guard {
  const maxPercent = wholeNumber('--max-percent', flags.maxPercent, 50)
  if (maxPercent > 100) {
    throw new RollcallError('usage', `--max-percent must be 0 to 100, not ${maxPercent}`, {
      hint: 'write for example --max-percent 100',
    })
  }
  return { maxPercent, keepMin: wholeNumber('--keep-min', flags.keepMin, 0) }
}
