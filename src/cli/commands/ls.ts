import type { Listing } from '../listing.ts'
import type { Context } from '../context.ts'
import { services as servicesOf } from '../../reports/services.ts'
import { instanceItem } from '../../reports/instances.ts'
import { summary as summaryOf } from '../../reports/summary.ts'
import { command } from '../command.ts'
import { listed, noSuchService, readListing } from '../listing.ts'
import { sayNeighbours } from '../neighbours.ts'
import { toggle } from '../option.ts'
import {
  allInstancesTable,
  createColours,
  instancesTable,
  listWriter,
  parseOutput,
  servicesTable,
  summaryLines,
} from '../output/index.ts'
import { selectorOptions } from '../shared-options.ts'
import { watchList } from '../watch-list.ts'

export const ls = command({
  name: 'ls',
  usage: '[service...] [--all]',
  summary: 'services with counts; the instances of a service; every instance',
  examples: [
    { line: 'rollcall ls', does: 'services with their counts' },
    { line: 'rollcall ls payments', does: 'the instances of one service' },
    { line: 'rollcall ls --all -o ndjson', does: 'every instance of every service, one a line' },
    { line: "rollcall ls 'pay*' -l zone=a --status up", does: 'some of them' },
  ],
  notes: [
    'Selectors narrow. Repeated -l narrow further; other selectors repeated, or with commas, mean any of the values.',
    'A record that no client can use is no instance: it is counted as malformed. `rollcall check-keys` explains it.',
  ],
  options: {
    ...selectorOptions,
    all: toggle('-a, --all', 'every instance of every service'),
    watch: toggle('-w, --watch', 'keep the picture current'),
  },
  async run(context, words, options) {
    const listing = readListing(context, words, options)
    const wholePicture = words.length === 0 && !options.all
    if (options.watch) return await watchList(context, listing, wholePicture)
    if (wholePicture) await listServices(context, listing)
    else await listInstances(context, listing)
    return 0
  },
})

async function listServices(context: Context, listing: Listing): Promise<void> {
  const writer = await listWriter(context.io.stdout, {
    kind: 'ServiceList',
    output: parseOutput(context.globals),
    table: servicesTable,
    colours: createColours(context.io, context.globals.color),
    now: context.now(),
  })
  const fold = servicesOf()
  const total = summaryOf()
  const entries = await listed(context, listing)
  for await (const entry of entries) {
    fold.add(entry)
    total.add(entry)
  }
  const summary = total.result()
  // What has only malformed records is no service that a client could use: the last line counts them.
  const services = fold.result().filter((service) => service.instances > 0)
  for (const service of services) await writer.row(service)
  await writer.end({ asOf: context.now(), revision: entries.revision, malformed: summary.malformed })
  if (services.length === 0) await sayNeighbours(context)
  for (const line of summaryLines(summary)) await context.say(line)
}

async function listInstances(context: Context, listing: Listing): Promise<void> {
  const output = parseOutput(context.globals)
  const detail = output.format === 'wide'
  const writer = await listWriter(context.io.stdout, {
    kind: 'InstanceList',
    output,
    table: listing.scope.services?.length === 1 ? instancesTable : allInstancesTable,
    colours: createColours(context.io, context.globals.color),
    now: context.now(),
  })
  const total = summaryOf()
  const entries = await listed(context, listing, { detail })
  for await (const entry of entries) {
    total.add(entry)
    if (entry.is === 'instance') await writer.row(instanceItem(entry, { detail }))
  }
  const summary = total.result()
  if (listing.services.length > 0 && summary.instances === 0 && summary.malformed === 0)
    throw await noSuchService(context, listing)
  await writer.end({ asOf: context.now(), revision: entries.revision, malformed: summary.malformed })
  if (summary.instances + summary.malformed === 0) await sayNeighbours(context)
  for (const line of summaryLines(summary)) await context.say(line)
}
