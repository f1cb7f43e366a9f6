import { withoutPassword } from '../../model/endpoint-secret.ts'
import type { Difference } from '../../client/diff/differences.ts'
import type { Context } from '../command.ts'
import type { Tone } from './colours.ts'
import type { Encoder, TableOf } from './columns.ts'
import { annotation } from './github.ts'
import { junitDocument } from './junit.ts'
import { type ListWriter, encodedWriter, printList } from './list-writer.ts'
import type { OutputOptions } from './options.ts'
import { amount } from '../../model/count.ts'

export const DIFFERENCE_FORMATS = ['table', 'wide', 'json', 'ndjson', 'yaml', 'csv', 'name', 'github', 'junit'] as const
export type DifferenceFormat = (typeof DIFFERENCE_FORMATS)[number]

interface DifferenceOptions {
  /** The manifest, from the repository's root. */
  readonly file: string | undefined
  /** The two sides, for people. */
  readonly sides: string
}

/** Writes differences in the format that the flags ask for. @throws RollcallError `usage` */
export async function differenceWriter(
  context: Context,
  output: OutputOptions<DifferenceFormat>,
  { file, sides }: DifferenceOptions,
): Promise<ListWriter<Difference>> {
  const { format } = output
  if (format === 'junit') return await encodedWriter(context, junitDifferences(sides))
  if (format === 'github') return await encodedWriter(context, githubDifferences(file))
  return await printList(context, 'DifferenceList', differencesTable, { ...output, format })
}

const TONES: Readonly<Record<Difference['difference'], Tone>> = { removed: 'bad', added: 'good', changed: 'notice' }

export const differencesTable: TableOf<Difference> = {
  columns: [
    { name: 'DIFFERENCE', text: ({ difference }) => difference, tone: ({ difference }) => TONES[difference] },
    { name: 'SERVICE', text: ({ service }) => service, identifies: true },
    {
      name: 'ID',
      text: ({ id, instances }) => id ?? (instances === undefined ? '' : `(${amount(instances, 'instance')})`),
      data: ({ id }) => id,
      identifies: true,
    },
    { name: 'FIELD', text: ({ field }) => field ?? '' },
    { name: 'FROM', text: ({ from }) => valueText(from) },
    { name: 'TO', text: ({ to }) => valueText(to) },
    {
      name: 'INSTANCES',
      text: ({ instances }) => String(instances ?? ''),
      data: ({ instances }) => instances,
      wide: true,
      align: 'right',
    },
  ],
  name: nameOf,
}

/** `payments/payments-1`; the service alone where it is about all of it. */
function nameOf({ service, id }: Difference): string {
  return id === undefined ? service : `${service}/${id}`
}

function valueText(value: unknown): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map((each) => withoutPassword(String(each))).join(',')
  if (typeof value !== 'string') return JSON.stringify(value)
  return value === '' ? '""' : value
}

/** GitHub's annotations, at the manifest's lines where there is one. */
function githubDifferences(file: string | undefined): Encoder<Difference> {
  return {
    open: () => '',
    row(item) {
      const where = file === undefined || item.line === undefined ? {} : { file, line: item.line }
      return annotation({ level: 'error', title: `${nameOf(item)} ${item.difference}`, text: factOf(item), ...where })
    },
    close: () => '',
  }
}

/** JUnit XML with a failed test case for each service that differs, or one that has passed. */
function junitDifferences(sides: string): Encoder<Difference> {
  const lines = new Map<string, string[]>()
  return {
    open: () => '',
    row(item) {
      const own = lines.get(item.service) ?? []
      lines.set(item.service, own)
      own.push(factOf(item))
      return ''
    },
    close() {
      const cases = [...lines].map(([name, own]) => {
        const message = amount(own.length, 'difference')
        return { name, classname: 'diff', failure: { type: 'difference', message, lines: own } }
      })
      const same = { name: 'no differences', classname: 'diff' }
      return junitDocument({ name: 'rollcall diff', registry: sides, cases: cases.length > 0 ? cases : [same] })
    },
  }
}

function factOf(item: Difference): string {
  const { difference, field, from, to, instances } = item
  const name = nameOf(item)
  if (difference === 'changed') return `${name}: ${field} ${valueText(from) || '-'} → ${valueText(to) || '-'}`
  const where = difference === 'removed' ? 'the first side only' : 'the second side only'
  return `${name} is on ${where}${instances === undefined ? '' : ` (${amount(instances, 'instance')})`}`
}
