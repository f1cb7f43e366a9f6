import { GROUPS } from '../../lint/catalogue.ts'
import type { Finding } from '../../lint/finding.ts'
import type { Rule, Severity } from '../../lint/rule.ts'
import { isAtLeast } from '../../lint/select.ts'
import type { Encoder } from './columns.ts'
import { type TestCase, junitDocument } from './junit.ts'

export interface FindingCasesOptions {
  /** The rules that ran: a test case each. */
  readonly rules: readonly Rule[]
  /** Lowest severity that fails a test case; below that, a finding is listed in the case's output. */
  readonly failOn: Severity | 'never'
  /** The registry, for people. */
  readonly registry: string
}

/** Findings a test case lists before it only counts. */
const LISTED = 1000

interface Case {
  readonly rule: Rule
  readonly fails: boolean
  readonly lines: string[]
  count: number
}

/** JUnit XML with a test case a rule: passed rules are shown too, and a rule keeps its history over builds. */
export function junitEncoder({ rules, failOn, registry }: FindingCasesOptions): Encoder<Finding> {
  const fails = ({ severity }: Rule) => failOn !== 'never' && isAtLeast(severity, failOn)
  const cases = new Map(
    rules.map((rule): [string, Case] => [rule.code, { rule, fails: fails(rule), lines: [], count: 0 }]),
  )
  return {
    open: () => '',
    row(finding) {
      const found = cases.get(finding.rule)
      if (found && found.count++ < LISTED) found.lines.push(lineOf(finding))
      return ''
    },
    close: () => junitDocument({ name: 'rollcall check-keys', registry, cases: [...cases.values()].map(caseOf) }),
  }
}

function caseOf(each: Case): TestCase {
  const { code, severity, title } = each.rule
  const group = GROUPS[code.slice(0, 4)]
  const named = { name: `${code} ${title}`, classname: `check-keys${group ? `.${group}` : ''}` }
  if (each.count === 0) return named
  if (!each.fails) return { ...named, output: listing(each) }
  const message = `${each.count} ${each.count === 1 ? 'finding' : 'findings'}: ${title}`
  return { ...named, failure: { type: severity, message, lines: listing(each) } }
}

function listing({ rule, lines, count }: Case): string[] {
  const more = count > lines.length ? [`… and ${count - lines.length} more`] : []
  return [...lines, ...more, `Fix: ${rule.fix}`]
}

function lineOf({ key, message, hosts }: Finding): string {
  return `${key}: ${message}${hosts.length > 0 ? ` (hosts: ${hosts.join(', ')})` : ''}`
}
