import { type EntryPart, eachKind } from '../../client/canonical-entries.ts'
import { byServiceName } from '../../backends/contract/service-order.ts'
import { RollcallError } from '../../model/errors.ts'
import type { CountedEntry, Entry } from '../../model/reading.ts'
import { type ReportFold, byCode } from '../../reports/fold.ts'
import { hosts as hostsOf } from '../../reports/hosts.ts'
import { instanceItem } from '../../reports/instances.ts'
import { services as servicesOf } from '../../reports/services.ts'
import { summary as summaryOf } from '../../reports/summary.ts'
import type { Selectors } from '../args/options.ts'
import type { Context, OneRegistry, SeveralRegistries } from '../command.ts'
import { allInstancesTable, hostsTable, servicesTable } from '../output/instances.ts'
import { parseOutput } from '../output/options.ts'
import { summaryLines } from '../output/summary.ts'
import { countsOf } from '../select/instance-list.ts'
import { ChosenEntries, type Listing, readListing } from '../select/listing.ts'
import { FoundServices } from './found-services.ts'
import { merged } from './merged.ts'
import { severalList } from './table.ts'

interface ListOptions extends Selectors {
  readonly all: boolean
  readonly hosts: boolean
  readonly watch: boolean
}

/** `ls` over several registries: services, instances or hosts, each with its registry. */
export async function listSeveral(
  context: Context,
  registries: SeveralRegistries,
  words: readonly string[],
  options: ListOptions,
): Promise<number> {
  const listing = readListing(context, words, options)
  if (options.watch)
    throw new RollcallError('usage', '--watch is for one registry', { hint: 'rollcall watch takes several' })
  if (options.hosts) await listHosts(context, registries, listing)
  else if (words.length === 0 && !options.all) await listServices(context, registries, listing)
  else await listInstances(context, registries, listing)
  registries.requireAll()
  return 0
}

/** What was read of all of them together. */
class Totals {
  readonly summary = summaryOf()
  readonly found = new FoundServices()

  async say(context: Context): Promise<void> {
    for (const line of summaryLines(this.summary.result())) await context.say(line)
  }
}

async function listServices(context: Context, registries: SeveralRegistries, listing: Listing): Promise<void> {
  const writer = await severalList(context, registries, 'ServiceList', servicesTable)
  const totals = new Totals()
  const rows = await folded(registries, listing, totals, { foldOf: servicesOf, read: (entries) => entries.parts() })
  const sorted = rows.filter(({ instances }) => instances > 0).sort((a, b) => byCode(a.name, b.name))
  for (const row of sorted) await writer.row(row)
  await writer.end({ asOf: context.now(), ...countsOf(totals.summary.result()) })
  await totals.say(context)
}

async function listHosts(context: Context, registries: SeveralRegistries, listing: Listing): Promise<void> {
  const writer = await severalList(context, registries, 'HostList', hostsTable)
  const totals = new Totals()
  // Entries of one kind are on different hosts.
  const rows = await folded(registries, listing, totals, { foldOf: hostsOf, read: (entries) => entries.batches() })
  if (rows.length === 0) totals.found.require(listing, registries)
  for (const row of rows.sort((a, b) => byCode(a.host, b.host))) await writer.row(row)
  await writer.end({ asOf: context.now(), ...countsOf(totals.summary.result()) })
  await totals.say(context)
  totals.found.require(listing, registries)
}

interface Folding<Item> {
  readonly foldOf: () => ReportFold<CountedEntry, Item[]>
  readonly read: (entries: ChosenEntries) => AsyncIterable<EntryPart>
}

/** The rows of each registry, those of the first one first. */
async function folded<Item extends object>(
  registries: SeveralRegistries,
  listing: Listing,
  totals: Totals,
  { foldOf, read }: Folding<Item>,
): Promise<(Item & { readonly registry: string })[]> {
  const answers = await registries.each(async ({ context }) => {
    const entries = new ChosenEntries(context, listing)
    const fold = foldOf()
    const own = summaryOf()
    for await (const part of read(entries))
      eachKind(part, (entry, count) => {
        fold.add(entry, count)
        own.add(entry, count)
      })
    return { rows: fold.result(), entries, summary: own.result() }
  })
  return answers.flatMap(({ one, result: { rows, entries, summary } }) => {
    totals.summary.include(summary)
    totals.found.note(entries)
    return rows.map((row) => ({ registry: one.name, ...row }))
  })
}

async function listInstances(context: Context, registries: SeveralRegistries, listing: Listing): Promise<void> {
  const output = parseOutput(context.globals)
  const detail = output.format === 'wide'
  const writer = await severalList(context, registries, 'InstanceList', allInstancesTable, output)
  const totals = new Totals()
  const chosen = new Map<string, ChosenEntries>()
  const open = ({ name, context: own }: OneRegistry) => {
    const entries = new ChosenEntries(own, listing, { detail })
    chosen.set(name, entries)
    return entries.batches()
  }
  for await (const batch of merged(registries, open, inOrderOfServices)) {
    for (const { registry, item: entry } of batch) {
      totals.summary.add(entry)
      if (entry.is === 'instance') writer.add({ registry, ...instanceItem(entry, { detail }) })
    }
    await writer.drain()
  }
  for (const entries of chosen.values()) totals.found.note(entries)
  if (totals.found.services.size === 0) totals.found.require(listing, registries)
  await writer.end({ asOf: context.now(), ...countsOf(totals.summary.result()) })
  await totals.say(context)
  totals.found.require(listing, registries)
}

/** Every registry is scanned in the order of services; those of one service come as each has them, the smaller id first. */
function inOrderOfServices(a: Entry, b: Entry): number {
  if (a.service !== b.service) return byServiceName(a.service, b.service)
  return byCode(idOf(a), idOf(b))
}

function idOf(entry: Entry): string {
  return entry.is === 'instance' ? entry.instance.id : ''
}
