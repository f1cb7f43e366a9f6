import type { Finding } from '../../lint/finding.ts'
import type { Rule, Severity } from '../../lint/rule.ts'
import { packageVersion } from '../../model/package-version.ts'
import type { Context } from '../command.ts'
import { toneOfSeverity } from './colours.ts'
import type { Encoder, TableOf } from './columns.ts'
import { junitEncoder } from './finding-cases.ts'
import { type AnnotationLevel, annotation } from './github.ts'
import { type ListWriter, encodedWriter, printList } from './list-writer.ts'
import type { OutputOptions } from './options.ts'
import { sarifEncoder } from './sarif.ts'

export const FINDING_FORMATS = [
  'table',
  'wide',
  'json',
  'ndjson',
  'yaml',
  'csv',
  'name',
  'github',
  'sarif',
  'junit',
] as const
export type FindingFormat = (typeof FINDING_FORMATS)[number]

export interface FindingWriterOptions {
  /** The rules that ran. */
  readonly rules: readonly Rule[]
  readonly failOn: Severity | 'never'
  /** The registry, for people. */
  readonly registry: string
}

export async function findingWriter(
  context: Context,
  output: OutputOptions<FindingFormat>,
  { rules, failOn, registry }: FindingWriterOptions,
): Promise<ListWriter<Finding>> {
  const { format } = output
  switch (format) {
    case 'github':
      return await encodedWriter(context, githubEncoder)
    case 'sarif':
      return await encodedWriter(context, sarifEncoder({ rules, version: packageVersion }))
    case 'junit':
      return await encodedWriter(context, junitEncoder({ rules, failOn, registry }))
    default:
      return await printList(context, 'FindingList', findingsTable, { ...output, format })
  }
}

export const findingsTable: TableOf<Finding> = {
  inBlocks: true,
  columns: [
    { name: 'SEVERITY', text: (item) => item.severity, tone: (item) => toneOfSeverity(item.severity) },
    { name: 'RULE', text: (item) => item.rule },
    { name: 'KEY', text: (item) => item.key, identifies: true },
    { name: 'HOSTS', text: (item) => item.hosts.join(',') },
    { name: 'MESSAGE', text: (item) => item.message },
    { name: 'SERVICE', text: (item) => item.service, wide: true },
    { name: 'ID', text: (item) => item.id ?? '', wide: true },
    { name: 'LEASE', text: (item) => item.lease ?? '', wide: true },
    { name: 'OWNER', text: (item) => item.owner ?? '', wide: true },
    { name: 'FIX', text: (item) => item.fix, wide: true },
  ],
  name: (item) => item.key,
}

const COMMANDS: Readonly<Record<Severity, AnnotationLevel>> = { error: 'error', warning: 'warning', info: 'notice' }

/** GitHub's annotations, one for each finding. */
export const githubEncoder: Encoder<Finding> = {
  open: () => '',
  row({ rule, severity, title, key, message, fix, hosts }) {
    const where = hosts.length > 0 ? ` (hosts: ${hosts.join(', ')})` : ''
    const text = `${key}: ${message}${where}. Fix: ${fix}`
    return annotation({ level: COMMANDS[severity], title: `${rule} ${title}`, text })
  },
  close: () => '',
}
