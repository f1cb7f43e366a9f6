import { createHash } from 'node:crypto'
import { ruleMarkdown } from '../../lint/explain.ts'
import type { Finding } from '../../lint/finding.ts'
import { type Rule, SEVERITIES, type Severity } from '../../lint/rule.ts'
import type { Encoder } from './columns.ts'
import { jsonLine } from './documents.ts'
import { clean } from './text.ts'

export interface SarifOptions {
  /** The rules that ran. */
  readonly rules: readonly Rule[]
  /** Of this tool. */
  readonly version: string
}

/** Results of one log. GitHub keeps the 5,000 worst of an upload, and refuses one of more than 25,000. */
export const SARIF_RESULTS = 5000
/** Longest text taken from a registry, in characters: keys and values may be megabytes. */
const LONGEST = 1000

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<Severity, string>
/** GitHub's words for how bad a rule is. */
const GITHUB_SEVERITIES = { error: 'error', warning: 'warning', info: 'recommendation' } as const

/**
 * SARIF 2.1.0 (OASIS), with what GitHub's code scanning wants of it: a relative file, a line and a fingerprint for each
 * result, the worst first, and no more than it keeps. A key is not a file: it stands under `registry/`, and as it is in
 * `logicalLocations`.
 */
export function sarifEncoder(options: SarifOptions): Encoder<Finding> {
  const indexes = new Map(options.rules.map((rule, index) => [rule.code, index]))
  const results: Record<Severity, string[]> = { error: [], warning: [], info: [] }
  let rows = 0
  return {
    open: () =>
      `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":${jsonLine(toolOf(options))},"results":[`,
    row(finding) {
      rows++
      const alike = results[finding.severity]
      if (alike.length < SARIF_RESULTS) alike.push(jsonLine(resultOf(finding, indexes.get(finding.rule))))
      return ''
    },
    close() {
      const worst = SEVERITIES.flatMap((severity) => results[severity]).slice(0, SARIF_RESULTS)
      const leftOut = rows - worst.length
      const invocations = leftOut > 0 ? `,"invocations":${jsonLine([incomplete(leftOut)])}` : ''
      return `${worst.map((result) => `\n${result}`).join(',')}\n]${invocations}}]}\n`
    },
  }
}

function incomplete(leftOut: number): object {
  const text = `${leftOut} further findings, none of them worse, are left out`
  return { executionSuccessful: true, toolExecutionNotifications: [{ level: 'warning', message: { text } }] }
}

function toolOf({ rules, version }: SarifOptions): object {
  return {
    driver: {
      name: 'rollcall',
      version,
      rules: rules.map((rule) => ({
        id: rule.code,
        name: rule.title,
        shortDescription: { text: rule.title },
        fullDescription: { text: rule.cause },
        help: { text: `${rule.cause}\n\nFix: ${rule.fix}`, markdown: ruleMarkdown(rule) },
        defaultConfiguration: { level: LEVELS[rule.severity] },
        properties: {
          tags: ['service-registry'],
          precision: 'very-high',
          'problem.severity': GITHUB_SEVERITIES[rule.severity],
        },
      })),
    },
  }
}

function resultOf(finding: Finding, ruleIndex: number | undefined): object {
  const { rule, severity, title, key, message, fix, culprit, ...properties } = finding
  return {
    ruleId: rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: LEVELS[severity],
    message: { text: `${title}: ${shortened(message)} (${shortened(key)}). Fix: ${fix}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(key) }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: shortened(key), kind: 'resource' }],
      },
    ],
    partialFingerprints: { primaryLocationLineHash: `${fingerprintOf(rule, key, culprit ?? '')}:1` },
    properties: { ...properties, ...(culprit === undefined ? {} : { culprit: shortened(culprit) }) },
  }
}

function shortened(text: string): string {
  const safe = clean(text)
  return safe.length > LONGEST ? `${safe.slice(0, LONGEST).toWellFormed()}…` : safe
}

/** Relative, and without parts that a reader would drop or climb by. */
function uriOf(key: string): string {
  const parts = key.slice(0, LONGEST).replace(/^\//, '').split('/')
  const named = parts.map((part) => (part === '' ? '(empty)' : /^\.{1,2}$/.test(part) ? `(${part})` : part))
  return `registry/${named.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`
}

function fingerprintOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16)
}
