import { GROUPS } from '../../lint/catalogue.ts'
import type { Finding } from '../../lint/finding.ts'
import type { Rule, Severity } from '../../lint/rule.ts'
import { isAtLeast } from '../../lint/select.ts'
import type { Encoder } from './columns.ts'
import { beginning, clean } from './text.ts'

export interface JunitOptions {
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

/**
 * JUnit XML as Jenkins' junit-10.xsd describes it and GitLab reads it. A test case a rule: passed rules are shown
 * too, and a rule keeps its history over builds.
 */
export function junitEncoder({ rules, failOn, registry }: JunitOptions): Encoder<Finding> {
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
    close: () => document([...cases.values()], registry),
  }
}

function document(cases: readonly Case[], registry: string): string {
  const failures = cases.filter(({ count, fails }) => count > 0 && fails).length
  const totals = `tests="${cases.length}" failures="${failures}" errors="0"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="rollcall" ${totals}>`,
    `<testsuite name="rollcall check-keys" ${totals} skipped="0">`,
    `<properties><property name="registry" value="${attribute(registry)}"/></properties>`,
    ...cases.map(caseElement),
    '</testsuite>',
    '</testsuites>\n',
  ].join('\n')
}

function caseElement(each: Case): string {
  const { code, severity, title } = each.rule
  const group = GROUPS[code.slice(0, 4)]
  const opening = `<testcase name="${attribute(`${code} ${title}`)}" classname="check-keys${group ? `.${group}` : ''}"`
  if (each.count === 0) return `${opening}/>`
  const text = escapeXml(listing(each))
  if (!each.fails) return `${opening}><system-out>${text}</system-out></testcase>`
  const message = attribute(`${each.count} ${each.count === 1 ? 'finding' : 'findings'}: ${title}`)
  return `${opening}><failure type="${severity}" message="${message}">${text}</failure></testcase>`
}

function listing({ rule, lines, count }: Case): string {
  const more = count > lines.length ? [`… and ${count - lines.length} more`] : []
  return [...lines, ...more, `Fix: ${rule.fix}`].join('\n')
}

function lineOf({ key, message, hosts }: Finding): string {
  return beginning(clean(`${key}: ${message}${hosts.length > 0 ? ` (hosts: ${hosts.join(', ')})` : ''}`))
}

function attribute(text: string): string {
  return escapeXml(clean(text))
}

/** What XML 1.0 has no character for is replaced, never written as a reference: that is not well-formed either. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
