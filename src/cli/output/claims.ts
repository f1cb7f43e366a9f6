import type { ClaimItem } from '../../reports/verification.ts'
import type { Context } from '../command.ts'
import type { Tone } from './colours.ts'
import type { Encoder, TableOf } from './columns.ts'
import { annotation } from './github.ts'
import { type TestCase, junitDocument } from './junit.ts'
import { type ListWriter, encodedWriter, printList } from './list-writer.ts'
import type { ClaimFormat, OutputOptions } from './options.ts'
import { amount } from '../../model/count.ts'

export interface ClaimWriterOptions {
  /** The manifest, as it is called from the repository's root; undefined for standard input. */
  readonly file: string | undefined
  /** The registry, for people. */
  readonly registry: string
}

/** Writes claims in the format that the flags ask for. @throws RollcallError `usage` for output flags that are not valid */
export async function claimWriter(
  context: Context,
  output: OutputOptions<ClaimFormat>,
  { file, registry }: ClaimWriterOptions,
): Promise<ListWriter<ClaimItem>> {
  const { format } = output
  if (format === 'github') return await encodedWriter(context, githubClaims(file))
  if (format === 'junit') return await encodedWriter(context, junitClaims(registry))
  return await printList(context, 'ClaimList', claimsTable, { ...output, format })
}

const TONES: Readonly<Record<ClaimItem['result'], Tone>> = { holds: 'good', warns: 'notice', fails: 'bad' }

export const claimsTable: TableOf<ClaimItem> = {
  columns: [
    { name: 'SERVICE', text: ({ service }) => service ?? '', identifies: true },
    { name: 'CLAIM', text: ({ claim }) => claim },
    { name: 'RESULT', text: ({ result }) => result, tone: ({ result }) => TONES[result] },
    { name: 'WANTED', text: ({ wanted }) => wanted },
    { name: 'FOUND', text: ({ found }) => found },
    { name: 'INSTANCES', text: ({ instances = [] }) => instances.join(','), wide: true },
    { name: 'LINE', text: ({ line }) => String(line), data: ({ line }) => line, wide: true, align: 'right' },
  ],
  name: nameOf,
}

/** `payments min`; of a claim about the whole registry the claim alone. */
function nameOf({ service, claim }: ClaimItem): string {
  return service === undefined ? claim : `${service} ${claim}`
}

function factOf({ wanted, found, instances = [] }: ClaimItem): string {
  return `${found}; wanted: ${wanted}${instances.length > 0 ? ` (${instances.join(', ')})` : ''}`
}

/** GitHub's annotations at the manifest's lines, for claims that do not hold. */
function githubClaims(file: string | undefined): Encoder<ClaimItem> {
  return {
    open: () => '',
    row(item) {
      if (item.result === 'holds') return ''
      const where = file === undefined ? {} : { file, line: item.line }
      const level = item.result === 'fails' ? 'error' : 'warning'
      return annotation({ level, title: nameOf(item), text: `${nameOf(item)}: ${factOf(item)}`, ...where })
    },
    close: () => '',
  }
}

/** JUnit XML with a test case for each claim. */
function junitClaims(registry: string): Encoder<ClaimItem> {
  const cases: TestCase[] = []
  return {
    open: () => '',
    row(item) {
      cases.push(caseOf(item))
      return ''
    },
    close: () => junitDocument({ name: 'rollcall verify', registry, cases }),
  }
}

function caseOf(item: ClaimItem): TestCase {
  const { service, claim, result, line } = item
  const named = { name: claim, classname: `verify${service === undefined ? '' : `.${service}`}` }
  if (result === 'holds') return named
  const lines = [factOf(item), `line ${line} of the manifest`]
  if (result === 'warns') return { ...named, output: lines }
  return { ...named, failure: { type: 'claim', message: factOf(item), lines } }
}

/** `4 claims: 3 hold, 1 fail`. */
export function claimsSummary(items: readonly ClaimItem[]): string {
  const of = (result: string) => items.filter((item) => item.result === result).length
  const warns = of('warns')
  return `${amount(items.length, 'claim')}: ${of('holds')} hold, ${of('fails')} fail${warns > 0 ? `, ${warns} warn` : ''}`
}
