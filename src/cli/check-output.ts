import type { Context } from './context.ts'
import type { Output } from './io.ts'
import type { TableOf } from './output/column.ts'
import { colourless } from './output/colours.ts'
import { listWriter } from './output/list-writer.ts'
import { parseOutput } from './output/options.ts'

const nowhere: Output = { isTerminal: false, columns: undefined, write: async () => {} }

/** Refuses output flags that make no sense before anything is changed. @throws RollcallError `usage` */
export async function checkOutput<Item extends object>(
  context: Context,
  kind: string,
  table: TableOf<Item>,
): Promise<void> {
  const output = parseOutput(context.globals)
  await listWriter(nowhere, { kind, output, table, colours: colourless, now: context.now() })
}
