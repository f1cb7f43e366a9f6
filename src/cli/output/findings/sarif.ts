import { createHash } from 'node:crypto'
import { ruleMarkdown } from '../../../lint/explain.ts'
import type { Finding } from '../../../lint/finding.ts'
import type { Rule, Severity } from '../../../lint/rule.ts'
import { clean } from '../clean.ts'
import type { Encoder } from '../encoder.ts'

export interface SarifOptions {
  /** The rules that ran. */
  readonly rules: readonly Rule[]
  /** Of this tool. */
  readonly version: string
  /** Absolute URL of the page that docs/rules.md is published as, where there is one. */
  readonly rulesPage?: string
}

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const satisfies Record<Severity, string>
/** GitHub's words for how bad a rule is. */
const GITHUB_SEVERITIES = { error: 'error', warning: 'warning', info: 'recommendation' } as const

/**
 * SARIF 2.1.0 (OASIS), with what GitHub's code scanning wants of it: a relative file, a line and a
 * fingerprint for each result. A key is no file: it stands under `registry/`, and as it is in `logicalLocations`.
 */
export function sarifEncoder(options: SarifOptions): Encoder<Finding> {
  const indexes = new Map(options.rules.map((rule, index) => [rule.code, index]))
  let rows = 0
  return {
    open: () =>
      `{"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":${JSON.stringify(toolOf(options))},"results":[`,
    row: (finding) => `${rows++ === 0 ? '\n' : ',\n'}${JSON.stringify(resultOf(finding, indexes.get(finding.rule)))}`,
    close: () => '\n]}]}\n',
  }
}

function toolOf({ rules, version, rulesPage }: SarifOptions): object {
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
        ...(rulesPage ? { helpUri: `${rulesPage}#${rule.code.toLowerCase()}` } : {}),
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
    message: { text: clean(`${title}: ${message} (${key}). Fix: ${fix}`) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(key) }, region: { startLine: 1 } },
        logicalLocations: [{ fullyQualifiedName: key, kind: 'resource' }],
      },
    ],
    partialFingerprints: { primaryLocationLineHash: `${fingerprintOf(rule, key, culprit ?? '')}:1` },
    properties: { ...properties, ...(culprit === undefined ? {} : { culprit }) },
  }
}

/** Relative, and without parts that a reader would drop or climb by. */
function uriOf(key: string): string {
  const parts = key.replace(/^\//, '').split('/')
  const named = parts.map((part) => (part === '' ? '(empty)' : /^\.{1,2}$/.test(part) ? `(${part})` : part))
  return `registry/${named.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}`
}

function fingerprintOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16)
}
