import type { Finding } from '../../../lint/finding.ts'
import type { Severity } from '../../../lint/rule.ts'
import { clean } from '../clean.ts'
import type { Encoder } from '../encoder.ts'

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' }

/**
 * GitHub's workflow commands: a line each, which the runner shows as an annotation.
 * Source: GitHub Docs, "Workflow commands for GitHub Actions", and its toolkit's escapes.
 */
export const githubEncoder: Encoder<Finding> = {
  open: () => '',
  row({ rule, severity, title, key, message, fix, hosts }) {
    const where = hosts.length > 0 ? ` (hosts: ${hosts.join(', ')})` : ''
    const text = clean(`${key}: ${message}${where}. Fix: ${fix}`)
    return `::${COMMANDS[severity]} title=${escapeProperty(clean(`${rule} ${title}`))}::${escapeData(text)}\n`
  },
  close: () => '',
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
