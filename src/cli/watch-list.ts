import type { WatchEvent } from '../model/change.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { identityOf } from '../reports/difference.ts'
import { byCode } from '../reports/fold.ts'
import { instanceItem } from '../reports/instances.ts'
import { services as servicesOf } from '../reports/services.ts'
import type { Context } from './context.ts'
import type { Output } from './io.ts'
import type { Listing } from './listing.ts'
import {
  type ListOptions,
  allInstancesTable,
  createColours,
  instancesTable,
  listWriter,
  parseOutput,
  servicesTable,
} from './output/index.ts'

/** `ls -w`: the same list again at each change; redrawn on a terminal, appended elsewhere. */
export async function watchList(context: Context, listing: Listing, wholePicture: boolean): Promise<number> {
  const client = await context.client()
  const entries = new Map<string, InstanceEntry>()
  const where = (entry: InstanceEntry) => listing.inScope(entry) && listing.selects(entry)
  let synced = false
  for await (const event of client.watch(listing.scope, { signal: context.signal, where })) {
    apply(entries, event)
    if (event.type === 'synced') synced = true
    if (synced && isWhole(event)) await draw(context, listing, [...entries.values()], wholePicture)
  }
  context.signal.throwIfAborted()
  return 0
}

function apply(entries: Map<string, InstanceEntry>, event: WatchEvent): void {
  if (event.type === 'removed') entries.delete(identityOf(event.entry))
  else if ('entry' in event) entries.set(identityOf(event.entry), event.entry)
}

/** Whether the picture may be shown: no further event of the same revision will follow. */
function isWhole(event: WatchEvent): boolean {
  return event.type === 'synced' || ('revision' in event && event.revision !== undefined)
}

async function draw(
  context: Context,
  listing: Listing,
  entries: InstanceEntry[],
  wholePicture: boolean,
): Promise<void> {
  const { stdout } = context.io
  if (stdout.isTerminal) await stdout.write('\u001b[H\u001b[2J')
  if (wholePicture) {
    const fold = servicesOf()
    for (const entry of entries) fold.add(entry)
    await writeAll(stdout, fold.result(), { ...common(context), kind: 'ServiceList', table: servicesTable })
    return
  }
  const sorted = entries.sort((a, b) => byCode(a.service, b.service) || byCode(a.instance.id, b.instance.id))
  const table = listing.scope.services?.length === 1 ? instancesTable : allInstancesTable
  await writeAll(
    stdout,
    sorted.map((entry) => instanceItem(entry)),
    { ...common(context), kind: 'InstanceList', table },
  )
}

function common(context: Context): Pick<ListOptions<object>, 'output' | 'colours' | 'now'> {
  return {
    output: parseOutput(context.globals),
    colours: createColours(context.io, context.globals.color),
    now: context.now(),
  }
}

async function writeAll<Item extends object>(
  stdout: Output,
  items: readonly Item[],
  options: ListOptions<Item>,
): Promise<void> {
  const writer = await listWriter(stdout, options)
  for (const item of items) await writer.row(item)
  await writer.end({ asOf: options.now })
}
