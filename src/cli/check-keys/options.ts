import { SEVERITIES } from '../../lint/rule.ts'
import { type OptionValues, list, toggle, value } from '../option.ts'

export const checkOptions = {
  rule: list('--rule <code>', 'only this rule; may be repeated, or several with commas'),
  ignore: list('--ignore <code>', 'not this rule; may be repeated, or several with commas'),
  severity: value('--severity <severity>', 'this and worse: error, warning, info', SEVERITIES),
  failOn: value('--fail-on <severity>', 'status 1 from which severity on: error, warning, never (error)', [
    'error',
    'warning',
    'never',
  ]),
  list: toggle('--list', 'every key with its verdict'),
  explain: value('--explain <code>', 'what a rule finds, why, and how to mend it'),
} as const

export type CheckFlags = OptionValues<typeof checkOptions>
