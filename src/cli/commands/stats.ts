import { stats as statsOf, type Stats } from '../../reports/stats.ts'
import { command } from '../command.ts'
import type { Context } from '../context.ts'
import { listed, noSuchService, readListing } from '../listing.ts'
import { sayNeighbours } from '../neighbours.ts'
import { list } from '../option.ts'
import {
  amount,
  createColours,
  isThingFormat,
  listWriter,
  malformedLine,
  parseOutput,
  statsTable,
  writeThing,
} from '../output/index.ts'
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
  options: { ...selectorOptions, by: list('--by <key>', 'also count by a metadata key') },
  async run(context, words, options) {
    const listing = readListing(context, words, options)
    const fold = statsOf(options.by)
    for await (const entry of await listed(context, listing)) fold.add(entry)
    const result = fold.result()
    if (words.length > 0 && result.services === 0) throw await noSuchService(context, listing)
    await writeStats(context, result, options.by)
    return 0
  },
})

async function writeStats(context: Context, result: Stats, by: readonly string[]): Promise<void> {
  const output = parseOutput(context.globals)
  if (isThingFormat(output.format)) {
    await writeThing(context.io.stdout, 'Stats', result, { format: output.format, fields: output.fields })
    return
  }
  const colours = createColours(context.io, context.globals.color)
  const options = { kind: 'Stats', output, table: statsTable(by), colours, now: context.now() }
  const writer = await listWriter(context.io.stdout, options)
  for (const service of result.perService) await writer.row(service)
  await writer.end()
  if (result.services === 0) await sayNeighbours(context)
  await context.say(`${amount(result.services, 'service')}, ${amount(result.instances, 'instance')}`)
  if (result.malformed > 0) await context.say(malformedLine(result.malformed))
  if (result.withoutLease > 0)
    await context.say(`${amount(result.withoutLease, 'instance')} without a lease: nobody vouches for them`)
}
