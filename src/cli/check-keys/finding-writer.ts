import type { Finding } from '../../lint/finding.ts'
import type { Rule, Severity } from '../../lint/rule.ts'
import type { Context } from '../context.ts'
import { githubEncoder } from '../output/findings/github.ts'
import { junitEncoder } from '../output/findings/junit.ts'
import { sarifEncoder } from '../output/findings/sarif.ts'
import { type ListWriter, encodedWriter, listWriter } from '../output/list-writer.ts'
import type { OutputOptions } from '../output/options.ts'
import { createColours } from '../output/colours.ts'
import { findingsTable } from '../output/tables/findings.ts'
import { packageVersion } from '../package-version.ts'

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
  const { stdout } = context.io
  const { format } = output
  switch (format) {
    case 'github':
      return await encodedWriter(stdout, githubEncoder)
    case 'sarif':
      return await encodedWriter(stdout, sarifEncoder({ rules, version: packageVersion }))
    case 'junit':
      return await encodedWriter(stdout, junitEncoder({ rules, failOn, registry }))
    default: {
      const colours = createColours(context.io, context.globals.color)
      const options = {
        kind: 'FindingList',
        output: { ...output, format },
        table: findingsTable,
        colours,
        now: context.now(),
      }
      return await listWriter(stdout, options)
    }
  }
}
