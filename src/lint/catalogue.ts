import { RollcallError } from '../model/errors.ts'
import type { Rule } from './rule.ts'
import { AIO_RULES } from './rules/aio.ts'
import { ENDPOINT_RULES } from './rules/endpoints.ts'
import { unreadable } from './rules/foreign.ts'
import { CURATOR_RULES } from './rules/curator.ts'
import { DUBBO_RULES } from './rules/dubbo.ts'
import { FRAMEWORK_RULES } from './rules/frameworks.ts'
import { KEY_RULES } from './rules/keys.ts'
import { LEASE_RULES } from './rules/leases.ts'
import { nameWithinName } from './rules/names.ts'
import { PROBLEM_RULES } from './rules/problems.ts'
import { twins } from './rules/twins.ts'
import { VALUE_RULES } from './rules/values.ts'

/** What the first digits of a code stand for. */
export const GROUPS: Readonly<Record<string, string>> = {
  RC10: 'Keys',
  RC11: 'Values',
  RC12: 'Endpoints',
  RC13: 'Leases',
  RC14: 'Twins',
  RC15: 'AIO',
  RC16: 'Other programs',
  RC17: 'Frameworks',
  RC20: 'Consul',
  RC21: 'ZooKeeper',
  RC22: 'Nacos',
  RC23: 'Polaris',
  RC24: 'Kubernetes',
  RC25: 'Eureka',
}

/** The rules that every registry shares, by code. A backend brings its own in `Driver.rules`. */
export const CATALOGUE: readonly Rule[] = [
  ...PROBLEM_RULES,
  ...KEY_RULES,
  nameWithinName,
  ...VALUE_RULES,
  ...ENDPOINT_RULES,
  ...LEASE_RULES,
  twins,
  ...AIO_RULES,
  unreadable,
  ...FRAMEWORK_RULES,
  ...CURATOR_RULES,
  ...DUBBO_RULES,
].toSorted((a, b) => (a.code < b.code ? -1 : 1))

/** The rule of that code, in any case; throws `usage` when there is none. */
export function ruleOf(code: string, rules: readonly Rule[] = CATALOGUE): Rule {
  const rule = rules.find((each) => each.code === code.toUpperCase())
  if (rule) return rule
  throw new RollcallError('usage', `there is no rule ${code}`, {
    hint: `known are ${rules.map((each) => each.code).join(', ')}`,
  })
}
