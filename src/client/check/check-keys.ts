import { rulesOf } from '../../backends/rules.ts'
import { type Check, type CheckOptions, checkEntries } from '../../lint/check.ts'
import type { Finding } from '../../lint/finding.ts'
import { type RuleSelection, selectRules } from '../../lint/select.ts'
import { type Verdict, verdicts } from '../../lint/verdicts.ts'
import type { Client } from '../client.ts'
import { withLeaseKeys } from './lease-keys.ts'
import { type LookOptions, lookAt } from './look.ts'

/** What is checked, and by which rules. */
export interface JudgeOptions extends LookOptions {
  /** Which rules: by code (`only`, `ignore`), or by how severe they are; all by default. */
  readonly rules?: RuleSelection
  /** Findings for which this holds are neither yielded nor counted. */
  readonly isExpected?: ((finding: Finding) => boolean) | undefined
}

/** What is checked, by which rules, and what is said of each finding. */
export interface CheckKeysOptions extends JudgeOptions {
  /** Look up for each finding some of the other keys on its lease, `otherKeys`: what else the process behind it has registered. */
  readonly leaseKeys?: boolean
}

/**
 * Checks the keys and values of a registry: yields findings in batches, as they are made, each with its cause and its fix. `counts`
 * of the result has how many there were.
 *
 * @throws RollcallError `usage` for an unknown code of a rule; iterating throws the registry's errors
 */
export async function checkKeys(client: Client, options: CheckKeysOptions = {}): Promise<Check> {
  const check = checkEntries(lookAt(client, options), await rulesAndTime(client, options))
  if (!options.leaseKeys) return check
  return { counts: check.counts, [Symbol.asyncIterator]: () => withLeaseKeys(client, check, options) }
}

/**
 * Yields every record with its verdict, `ok` where no rule finds anything, in the registry's order and in batches. What concerns several
 * records is found first, so that all is read twice.
 *
 * @throws RollcallError `usage` for an unknown code of a rule; the registry's errors
 */
export async function* judgeKeys(
  client: Client,
  options: JudgeOptions = {},
): AsyncGenerator<readonly Verdict[], void, undefined> {
  yield* verdicts(lookAt(client, options), await rulesAndTime(client, options))
}

async function rulesAndTime(client: Client, options: JudgeOptions): Promise<CheckOptions> {
  const { rules: selection = {}, isExpected, now = Date.now } = options
  const { driver, layout } = client.target
  return {
    rules: selectRules(await rulesOf(driver), selection),
    now: now(),
    isExpected,
    ...(layout === 'auto' ? {} : { layout }),
  }
}
