import type { Context, SeveralRegistries } from '../command.ts'
import type { ListFacts, TableOf } from '../output/columns.ts'
import { type ListWriter, printList } from '../output/list-writer.ts'
import { type OutputOptions, parseOutput } from '../output/options.ts'
import { beginning, clean } from '../output/text.ts'

/** A row, and the registry that it is from. */
export type OfRegistry<Item> = { readonly registry: string } & Item

/** The same table with the registry as its first column. */
export function withRegistry<Item extends object>(table: TableOf<Item>): TableOf<OfRegistry<Item>> {
  return {
    ...table,
    columns: [{ name: 'REGISTRY', text: ({ registry }) => registry, identifies: true }, ...table.columns],
    columnFor: (name) => table.columnFor?.(name),
    name: (item) => table.name(item),
  }
}

/** A list of what several registries have. Its end tells of those that could not be read. @throws RollcallError `usage` */
export async function severalList<Item extends object>(
  context: Context,
  registries: SeveralRegistries,
  kind: string,
  table: TableOf<Item>,
  output: OutputOptions = parseOutput(context.globals),
): Promise<ListWriter<OfRegistry<Item>>> {
  const writer = await printList(context, kind, withRegistry(table), output)
  return {
    ...writer,
    async end(facts: ListFacts = {}) {
      await writer.end({ ...facts, also: { ...facts.also, ...registries.facts } })
      if (output.format === 'table' || output.format === 'wide') await writeErrors(context, registries)
    },
  }
}

/** A registry that is down is a row of the table, its last. */
export async function writeErrors({ io }: Pick<Context, 'io'>, { errors }: SeveralRegistries): Promise<void> {
  const lines = errors.map(({ registry, error }) => `${beginning(clean(registry))}  error: ${clean(error.message)}\n`)
  if (lines.length > 0) await io.stdout.write(lines.join(''))
}
