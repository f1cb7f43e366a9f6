import { ruleOf } from './catalogue.ts'
import { type Rule, SEVERITIES, type Severity } from './rule.ts'

/** Which rules are to run. */
export interface RuleSelection {
  /** Codes; left out or empty: all. */
  readonly only?: readonly string[]
  readonly ignore?: readonly string[]
  /** This one and worse. */
  readonly severity?: Severity
}

/** The rules that are to run. Throws `usage` for a code that none has. */
export function selectRules(
  rules: readonly Rule[],
  { only = [], ignore = [], severity = 'info' }: RuleSelection,
): Rule[] {
  const wanted = new Set(only.map((code) => ruleOf(code, rules)))
  const unwanted = new Set(ignore.map((code) => ruleOf(code, rules)))
  return rules.filter(
    (rule) => (wanted.size === 0 || wanted.has(rule)) && !unwanted.has(rule) && isAtLeast(rule.severity, severity),
  )
}

export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold)
}
