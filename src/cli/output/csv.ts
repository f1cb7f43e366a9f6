import { clean } from './clean.ts'
import { type Column, dataOf } from './column.ts'
import type { Encoder } from './encoder.ts'

export interface CsvOptions {
  readonly headers: boolean
  /** Controls are shown escaped, as they must be on a terminal; elsewhere the data stays as it is. */
  readonly cleaned: boolean
  readonly now: number
}

/** RFC 4180: lines end with CR LF, and what could be mistaken is quoted – by a spreadsheet for a formula, too. */
export function csvEncoder<Item>(columns: readonly Column<Item>[], options: CsvOptions): Encoder<Item> {
  const shown = (value: string | number | undefined) => (options.cleaned ? clean(`${value ?? ''}`) : `${value ?? ''}`)
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
  return /[",\r\n]|^[=+@\t-]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
