import { rulesOf } from '../../backends/rules.ts'
import { type Check, checkEntries } from '../../lint/check.ts'
import type { Finding } from '../../lint/finding.ts'
import { type RuleSelection, selectRules } from '../../lint/select.ts'
import type { Client } from '../client.ts'
import { type LookOptions, lookAt } from './look.ts'

/** What is checked, and by which rules. */
export interface CheckKeysOptions extends LookOptions {
  /** Which rules: by code (`only`, `ignore`), or by how severe they are; all by default. */
  readonly rules?: RuleSelection
  /** Findings for which this holds are neither yielded nor counted. */
  readonly isExpected?: ((finding: Finding) => boolean) | undefined
}

/**
 * Checks the keys and values of a registry: yields findings in batches, as they are made, each with its cause and its fix. `counts`
 * of the result has how many there were.
 *
 * @throws RollcallError `usage` for an unknown code of a rule; iterating throws the registry's errors
 */
export async function checkKeys(client: Client, options: CheckKeysOptions = {}): Promise<Check> {
  const { rules: selection = {}, isExpected, now = Date.now } = options
  const { driver, layout } = client.target
  return checkEntries(lookAt(client, options), {
    rules: selectRules(await rulesOf(driver), selection),
    now: now(),
    isExpected,
    ...(layout === 'auto' ? {} : { layout }),
  })
}
