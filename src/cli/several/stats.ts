import { eachKind } from '../../client/canonical-entries.ts'
import { commaSeparated } from '../../reports/comma-separated.ts'
import { byCode } from '../../reports/fold.ts'
import { stats as statsOf } from '../../reports/stats.ts'
import type { Selectors } from '../args/options.ts'
import type { Context, SeveralRegistries } from '../command.ts'
import type { TableOf } from '../output/columns.ts'
import { isThingFormat } from '../output/documents.ts'
import { parseOutput } from '../output/options.ts'
import { statsTable } from '../output/stats-table.ts'
import { amount } from '../../model/count.ts'
import { ChosenEntries, readListing } from '../select/listing.ts'
import { FoundServices } from './found-services.ts'
import { severalList } from './table.ts'

/** `stats` over several registries: a row for each service of each; in JSON the counts of each registry. */
export async function statsSeveral(
  context: Context,
  registries: SeveralRegistries,
  words: readonly string[],
  options: Partial<Selectors> & { readonly by: readonly string[] },
): Promise<number> {
  const listing = readListing(context, words, options)
  const by = commaSeparated(options.by, '--by')
  const output = parseOutput(context.globals)
  const answers = await registries.each(async ({ context: own }) => {
    const entries = new ChosenEntries(own, listing)
    const fold = statsOf(by)
    for await (const part of by.length > 0 ? entries.batches() : entries.parts())
      eachKind(part, (entry, count) => fold.add(entry, count))
    return { stats: fold.result(), entries }
  })
  const found = new FoundServices()
  for (const { result } of answers) found.note(result.entries)
  if (isThingFormat(output.format)) {
    const table: TableOf<object> = { columns: [], name: () => '' }
    const writer = await severalList(context, registries, 'StatsList', table, output)
    for (const { one, result } of answers)
      await writer.row(Object.assign({ registry: one.name }, result.stats, { foreign: result.stats.foreign.keys }))
    await writer.end({ asOf: context.now() })
  } else {
    const rows = answers.flatMap(({ one, result }) =>
      result.stats.perService.map((service) => ({ registry: one.name, ...service })),
    )
    const writer = await severalList(context, registries, 'StatsList', statsTable(by, rows), output)
    for (const row of rows.sort((a, b) => byCode(a.name, b.name))) await writer.row(row)
    await writer.end({ asOf: context.now() })
    for (const { one, result } of answers)
      await context.say(
        `${one.name}: ${amount(result.stats.services, 'service')}, ${amount(result.stats.instances, 'instance')}`,
      )
  }
  registries.requireAll()
  found.require(listing, registries)
  return 0
}
