import { escapeKey } from '../../model/key.ts'
import { type Column, type Encoder, type TableOf, dataOf } from './columns.ts'
import { beginning, clean } from './text.ts'

export interface CsvOptions {
  readonly headers: boolean
  /** Controls are shown escaped, as they must be on a terminal; elsewhere the data stays as it is. */
  readonly cleaned: boolean
  readonly now: number
}

/** Text that a spreadsheet would evaluate, quoted or not (OWASP's list): an apostrophe before it keeps it text. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/

/** A cell of several lines must not command a CI runner by any of them; where it begins one itself, it is quoted. */
const COMMAND_WITHIN = /([\r\n][ \t]*)(?=::|##)/g

/** RFC 4180: lines end with CR LF, and what could be mistaken is quoted. Numbers stay numbers; a text never runs as a formula. */
export function csvEncoder<Item>(columns: readonly Column<Item>[], options: CsvOptions): Encoder<Item> {
  const shown = (value: string | number | undefined) => {
    if (typeof value !== 'string') return `${value ?? ''}`
    const text = (FORMULA.test(value) ? `'${value}` : value).replace(COMMAND_WITHIN, "$1'")
    return options.cleaned ? clean(text) : text
  }
  return {
    open: () => (options.headers ? line(columns.map((column) => column.name.toLowerCase())) : ''),
    row: (item) => line(columns.map((column) => shown(dataOf(column, item, options.now)))),
    close: () => '',
  }
}

function line(values: readonly string[]): string {
  return `${values.map(field).join(',')}\r\n`
}

function field(value: string): string {
  return /[",\r\n]|^\s|\s$|^::|^##/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

/** A name a line, for `-` to read back: escaped as stored keys are, so that no name can pass for two, or for a command of a CI runner. */
export function nameEncoder<Item>(table: TableOf<Item>): Encoder<Item> {
  return { open: () => '', row: (item) => `${lineOf(table.name(item))}\n`, close: () => '' }
}

function lineOf(name: string): string {
  return beginning(clean(escapeKey(Buffer.from(name))))
}
