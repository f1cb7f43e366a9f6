import { RollcallError } from '../../model/errors.ts'
import { didYouMean } from '../../reports/near-names.ts'

const FORMATS = ['table', 'wide', 'json', 'ndjson', 'yaml', 'csv', 'name'] as const
type Format = (typeof FORMATS)[number]

/** Of commands that say yes or no to claims: also annotations of GitHub, and a test for each claim. */
export const CLAIM_FORMATS = [...FORMATS, 'github', 'junit'] as const
export type ClaimFormat = (typeof CLAIM_FORMATS)[number]

/** The global output flags as typed. */
export interface OutputFlags {
  readonly output?: string | undefined
  readonly json?: boolean
  readonly noHeaders?: boolean
  readonly columns?: string | undefined
  readonly fields?: string | undefined
  readonly sortBy?: string | undefined
  readonly limit?: string | undefined
}

export interface OutputOptions<Name extends string = Format> {
  readonly format: Name
  readonly headers: boolean
  readonly columns: readonly string[] | undefined
  readonly fields: readonly string[] | undefined
  readonly sortBy: { readonly name: string; readonly descending: boolean } | undefined
  readonly limit: number | undefined
}

/** Reads the flags. `formats` are those of the command, the default first. @throws RollcallError `usage` */
export function parseOutput(flags: OutputFlags): OutputOptions
export function parseOutput<const Name extends string>(
  flags: OutputFlags,
  formats: readonly Name[],
): OutputOptions<Name>
export function parseOutput(flags: OutputFlags, formats: readonly string[] = FORMATS): OutputOptions<string> {
  return {
    format: parseFormat(flags, formats),
    headers: !flags.noHeaders,
    columns: names(flags.columns, '--columns'),
    fields: names(flags.fields, '--fields'),
    sortBy: parseSortBy(flags.sortBy),
    limit: flags.limit === undefined ? undefined : parseLimit(flags.limit),
  }
}

function parseFormat<Name extends string>(flags: OutputFlags, formats: readonly Name[]): Name {
  const wanted = flags.json ? 'json' : (flags.output ?? formats[0])
  if (flags.json && flags.output !== undefined && flags.output !== 'json') {
    throw new RollcallError('usage', `--json conflicts with -o ${flags.output}`, {
      hint: 'pass one of them',
    })
  }
  const format = formats.find((each) => each === wanted)
  if (format) return format
  throw new RollcallError('usage', `this command does not support -o ${wanted}`, {
    hint: didYouMean(wanted ?? '', formats) ?? `one of ${formats.join(', ')}`,
  })
}

function names(text: string | undefined, flag: string): string[] | undefined {
  if (text === undefined) return undefined
  const list = text.split(',').map((name) => name.trim())
  if (!list.includes('')) return list
  throw new RollcallError('usage', `${flag} has an empty name`, { hint: `write for example ${flag} id,version` })
}

function parseSortBy(text: string | undefined): OutputOptions['sortBy'] {
  if (text === undefined) return undefined
  const descending = text.startsWith('-')
  return { name: descending ? text.slice(1) : text, descending }
}

function parseLimit(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new RollcallError('usage', `--limit must be a whole number above 0, not "${text}"`, {
    hint: 'write for example --limit 20',
  })
}
