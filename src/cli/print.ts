import type { Context } from './context.ts'
import { type ListWriter, listWriter } from './output/list-writer.ts'
import { type OutputOptions, parseOutput } from './output/options.ts'
import type { TableOf } from './output/column.ts'
import { createColours } from './output/colours.ts'

/** A list on standard output, in the format that the flags ask for. @throws RollcallError `usage` for flags that make no sense */
export function printList<Item extends object>(
  context: Context,
  kind: string,
  table: TableOf<Item>,
  output: OutputOptions = parseOutput(context.globals),
): Promise<ListWriter<Item>> {
  const colours = createColours(context.io, context.globals.color)
  return listWriter(context.io.stdout, { kind, output, table, colours, now: context.now() })
}
