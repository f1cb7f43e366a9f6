import { eachKind } from '../../client/canonical-entries.ts'
import { commaSeparated } from '../../reports/comma-separated.ts'
import { type Stats, stats as statsOf } from '../../reports/stats.ts'
import { list, selectorOptions } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { printList } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { statsTable } from '../output/stats-table.ts'
import { foreignLine, malformedLine } from '../output/summary.ts'
import { amount } from '../../model/count.ts'
import { sayAlternatives } from '../select/alternatives.ts'
import { ChosenEntries, readListing, unanswered } from '../select/listing.ts'
import { servicesNotFound } from '../select/not-found.ts'

export const stats = command({
  name: 'stats',
  usage: '[service...]',
  examples: [
    { line: 'rollcall stats', does: 'the whole registry' },
    { line: 'rollcall stats payments --by zone', does: 'one service, counted by a metadata key' },
    { line: "rollcall stats 'pay*' -o json", does: 'for a script' },
  ],
  options: { ...selectorOptions, by: list('--by <key>', 'also count by a metadata key; several with commas') },
  async several(context, registries, words, options) {
    const { statsSeveral } = await import('../several/stats.ts')
    return await statsSeveral(context, registries, words, options)
  },
  async run(context, words, options) {
    const listing = readListing(context, words, options)
    const entries = new ChosenEntries(context, listing, { silent: true })
    const by = commaSeparated(options.by, '--by')
    const fold = statsOf(by)
    // Entries of one kind may differ in the metadata by which they are to be counted.
    for await (const part of by.length > 0 ? entries.batches() : entries.parts())
      eachKind(part, (entry, count) => fold.add(entry, count))
    const missing = unanswered(listing, entries.services)
    if (missing.length > 0 && entries.services.size === 0)
      throw await servicesNotFound(context, missing, entries.nearVersion)
    await writeStats(context, fold.result(), by)
    const { backend } = await context.client()
    for (const remark of (await backend.remarks?.({ signal: context.signal })) ?? []) await context.say(remark)
    if (entries.looked === 0) await sayAlternatives(context)
    if (entries.nearVersion !== undefined) await context.say(entries.nearVersion)
    if (missing.length > 0) throw await servicesNotFound(context, missing)
    return 0
  },
})

async function writeStats(context: Context, result: Stats, by: readonly string[]): Promise<void> {
  const output = parseOutput(context.globals)
  const { format, fields } = output
  const thing = { ...result, foreign: result.foreign.keys }
  if (isThingFormat(format)) return await writeThing(context.io.stdout, 'Stats', thing, { format, fields })
  const writer = await printList(context, 'Stats', statsTable(by, result.perService), output)
  for (const service of result.perService) await writer.row(service)
  await writer.end()
  await context.say(`${amount(result.services, 'service')}, ${amount(result.instances, 'instance')}`)
  if (result.malformed > 0) await context.say(malformedLine(result.malformed))
  if (result.foreign.keys > 0) await context.say(foreignLine(result.foreign))
  const { withoutLease } = result
  if (withoutLease > 0)
    await context.say(
      `${amount(withoutLease, 'instance')} without a lease: nothing shows that ${withoutLease === 1 ? 'it is' : 'they are'} alive`,
    )
}
