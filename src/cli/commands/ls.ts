import { eachKind } from '../../client/canonical-entries.ts'
import { WatchedEntries } from '../../reports/watched-entries.ts'
import type { WatchEvent } from '../../model/change.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { ReportFold } from '../../reports/fold.ts'
import { hosts as hostsOf } from '../../reports/hosts.ts'
import { instanceItem } from '../../reports/instances.ts'
import { services as servicesOf } from '../../reports/services.ts'
import { summary as summaryOf } from '../../reports/summary.ts'
import { selectorOptions, toggle } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import type { TableOf } from '../output/columns.ts'
import { allInstancesTable, hostsTable, instancesTable, servicesTable } from '../output/instances.ts'
import { printList } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { sayLink } from '../output/progress.ts'
import { summaryLines } from '../output/summary.ts'
import { sayAlternatives } from '../select/alternatives.ts'
import { countsOf, writeInstances } from '../select/instance-list.ts'
import { ChosenEntries, type Listing, clientFor, readListing, unanswered } from '../select/listing.ts'
import { servicesNotFound } from '../select/not-found.ts'

export const ls = command({
  name: 'ls',
  usage: '[service...] [--all]',
  examples: [
    { line: 'rollcall ls', does: 'services with their counts' },
    { line: 'rollcall ls payments', does: 'the instances of one service' },
    { line: 'rollcall ls --all -o ndjson', does: 'every instance of every service, one a line' },
    { line: 'rollcall ls --hosts --sort-by -instances', does: 'the hosts, those with most instances first' },
    { line: "rollcall ls 'pay*' -l zone=ams-1 --status up", does: 'some of them' },
  ],
  notes: [
    'On a terminal, services and hosts have a square for each instance, the worst first: green is up, red is down, expired or unhealthy, yellow the rest. Without colours it is a letter: U up, W warning, S starting, T stopping, M maintenance, ? unknown, H unhealthy, E expired, D down.',
    'With -w the list is kept current. On a terminal it fits the screen, what is sick first, with the summary and the time below; q ends it. Elsewhere it is written again at each change.',
    'What is too wide for the terminal is cut or left out, ids and services last. -o wide shows every column and cuts nothing.',
    '--columns metadata.zone shows the value under one key of the metadata. --query applies JMESPath to the JSON.',
    "Selectors narrow. Repeated -l narrow further; other selectors repeated, or with commas, mean any of the values. A \"!\" before a value excludes it: --status '!up', --version '!v1.4.*'.",
    'A record that no client can use is not an instance: it is counted as malformed, and `rollcall check-keys` explains it. Keys of other programs are counted apart.',
  ],
  options: {
    ...selectorOptions,
    all: toggle('-a, --all', 'every instance of every service'),
    hosts: toggle('--hosts', 'the hosts of the endpoints, with their instances'),
    watch: toggle('-w, --watch', 'keep the list current'),
  },
  async several(context, registries, words, options) {
    const { listSeveral } = await import('../several/list.ts')
    return await listSeveral(context, registries, words, options)
  },
  async run(context, words, options) {
    const listing = readListing(context, words, options)
    const view = options.hosts ? 'hosts' : words.length === 0 && !options.all ? 'services' : 'instances'
    if (options.watch) return await keepCurrent(context, listing, view)
    return await LISTS[view](context, listing)
  },
})

/** What the rows of a list are. */
type View = 'services' | 'instances' | 'hosts'

const LISTS = { services: listServices, instances: listInstances, hosts: listHosts } as const

async function listServices(context: Context, listing: Listing): Promise<number> {
  const writer = await printList(context, 'ServiceList', servicesTable)
  const entries = new ChosenEntries(context, listing, { silent: true })
  const fold = servicesOf()
  const total = summaryOf()
  for await (const part of entries.parts()) {
    eachKind(part, (entry, count) => {
      fold.add(entry, count)
      total.add(entry, count)
    })
  }
  const summary = total.result()
  // A service with malformed records alone is of no use to a client: the last line counts them.
  for (const service of fold.result()) if (service.instances > 0) await writer.row(service)
  await writer.end({ asOf: context.now(), revision: entries.revision, ...countsOf(summary) })
  if (entries.looked === 0) await sayAlternatives(context)
  for (const line of summaryLines(summary)) await context.say(line)
  if (entries.nearVersion !== undefined) await context.say(entries.nearVersion)
  return 0
}

async function listHosts(context: Context, listing: Listing): Promise<number> {
  const writer = await printList(context, 'HostList', hostsTable)
  const entries = new ChosenEntries(context, listing, { silent: true })
  const fold = hostsOf()
  const total = summaryOf()
  for await (const batch of entries.batches()) {
    for (const entry of batch) {
      fold.add(entry)
      total.add(entry)
    }
  }
  const missing = unanswered(listing, entries.services)
  if (missing.length > 0) throw await servicesNotFound(context, missing, entries.nearVersion)
  for (const host of fold.result()) await writer.row(host)
  const summary = total.result()
  await writer.end({ asOf: context.now(), revision: entries.revision, ...countsOf(summary) })
  if (entries.looked === 0) await sayAlternatives(context)
  for (const line of summaryLines(summary)) await context.say(line)
  return 0
}

async function listInstances(context: Context, listing: Listing): Promise<number> {
  const output = parseOutput(context.globals)
  const detail = output.format === 'wide'
  const table = listing.scope.services?.length === 1 ? instancesTable : allInstancesTable
  const writer = await printList(context, 'InstanceList', table, output)
  const silent = output.sortBy !== undefined || !context.io.stdout.isTerminal
  await writeInstances(context, writer, listing, { detail, silent })
  return 0
}

/** `ls -w`: a table on a terminal is fitted to it; anything else is written again at each change. */
async function keepCurrent(context: Context, listing: Listing, view: View): Promise<number> {
  const output = parseOutput(context.globals)
  const isTable = output.format === 'table' || output.format === 'wide'
  const terminal = isTable ? await context.io.openTerminal() : undefined
  if (!terminal) return await watchList(context, listing, view)
  const { keepList } = await import('../top/kept-list.ts')
  await keepList(context, terminal, { listing, rows: view, output })
  return 0
}

const TOP_OF_EMPTY_SCREEN = '\u001b[H\u001b[2J'

/** The same list again at each change; redrawn on a terminal from which no keys can be read, appended elsewhere. */
export async function watchList(context: Context, listing: Listing, view: View): Promise<number> {
  const client = await clientFor(context, listing)
  const entries = new WatchedEntries()
  const where = (entry: InstanceEntry) => listing.inScope(entry) && listing.selects(entry)
  let synced = false
  for await (const event of client.watch(listing.scope, { signal: context.signal, where })) {
    if (event.type === 'link') await sayLink(context, event)
    entries.take(event)
    if (event.type === 'synced') synced = true
    if (synced && isWhole(event, client.capabilities.revision)) await draw(context, listing, entries.sorted(), view)
  }
  context.signal.throwIfAborted()
  return 0
}

/** Whether the list may be shown: no further event of the same revision will follow. */
function isWhole(event: WatchEvent, hasRevisions: boolean): boolean {
  if (event.type === 'synced') return true
  return 'entry' in event && (!hasRevisions || ('revision' in event && event.revision !== undefined))
}

async function draw(context: Context, listing: Listing, entries: readonly InstanceEntry[], view: View): Promise<void> {
  const { stdout } = context.io
  if (stdout.isTerminal) await stdout.write(TOP_OF_EMPTY_SCREEN)
  if (view === 'services') return await drawReport(context, entries, ['ServiceList', servicesTable, servicesOf()])
  if (view === 'hosts') return await drawReport(context, entries, ['HostList', hostsTable, hostsOf()])
  const one = listing.scope.services?.length === 1
  const writer = await printList(context, 'InstanceList', one ? instancesTable : allInstancesTable)
  for (const entry of entries) await writer.row(instanceItem(entry))
  await writer.end({ asOf: context.now() })
}

async function drawReport<Item extends object>(
  context: Context,
  entries: readonly InstanceEntry[],
  [kind, table, fold]: readonly [kind: string, table: TableOf<Item>, fold: ReportFold<InstanceEntry, Item[]>],
): Promise<void> {
  const writer = await printList(context, kind, table)
  for (const entry of entries) fold.add(entry)
  for (const item of fold.result()) await writer.row(item)
  await writer.end({ asOf: context.now() })
}
