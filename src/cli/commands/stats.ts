import { stats as statsOf, type Stats } from '../../reports/stats.ts'
import { commaSeparated } from '../../reports/comma-separated.ts'
import { ChosenEntries } from '../chosen-entries.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { readListing, unanswered } from '../listing.ts'
import { sayNeighbours } from '../neighbours.ts'
import { servicesNotFound } from '../not-found.ts'
import { list } from '../option.ts'
import { amount } from '../output/quantity.ts'
import { foreignLine } from '../output/foreign-line.ts'
import { isThingFormat, writeThing } from '../output/thing.ts'
import { malformedLine } from '../output/summary-lines.ts'
import { parseOutput } from '../output/options.ts'
import { statsTable } from '../output/tables/stats.ts'
import { printList } from '../print.ts'
import { selectorOptions } from '../shared-options.ts'

export const stats = command({
  name: 'stats',
  usage: '[service...]',
  summary: 'counts by service, status, scheme, version and layout',
  examples: [
    { line: 'rollcall stats', does: 'the whole registry' },
    { line: 'rollcall stats payments --by zone', does: 'one service, counted by a metadata key' },
    { line: "rollcall stats 'pay*' -o json", does: 'for a script' },
  ],
  options: { ...selectorOptions, by: list('--by <key>', 'also count by a metadata key; several with commas') },
  async run(context, words, options) {
    const listing = readListing(context, words, options)
    const entries = new ChosenEntries(context, listing, { silent: true })
    const by = commaSeparated(options.by, '--by')
    const fold = statsOf(by)
    for await (const batch of entries.batches()) for (const entry of batch) fold.add(entry)
    const missing = unanswered(listing, entries.services)
    if (missing.length > 0 && entries.services.size === 0)
      throw await servicesNotFound(context, missing, entries.nearVersion)
    await writeStats(context, fold.result(), by)
    if (entries.looked === 0) await sayNeighbours(context)
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
  const writer = await printList(context, 'Stats', statsTable(by), output)
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
