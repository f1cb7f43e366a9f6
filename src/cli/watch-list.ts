import type { WatchEvent } from '../model/change.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { identityOf } from '../reports/difference.ts'
import { byCode } from '../reports/fold.ts'
import { instanceItem } from '../reports/instances.ts'
import { services as servicesOf } from '../reports/services.ts'
import type { Context } from './context.ts'
import type { Listing } from './listing.ts'
import { allInstancesTable, instancesTable } from './output/tables/instances.ts'
import { servicesTable } from './output/tables/services.ts'
import { printList } from './print.ts'
import { sayLink } from './say-link.ts'

const TOP_OF_EMPTY_SCREEN = '\u001b[H\u001b[2J'

/** `ls -w`: the same list again at each change; redrawn on a terminal, appended elsewhere. */
export async function watchList(context: Context, listing: Listing, wholePicture: boolean): Promise<number> {
  const client = await context.client()
  const entries = new Map<string, InstanceEntry>()
  const where = (entry: InstanceEntry) => listing.inScope(entry) && listing.selects(entry)
  let synced = false
  for await (const event of client.watch(listing.scope, { signal: context.signal, where })) {
    if (event.type === 'link') await sayLink(context, event)
    apply(entries, event)
    if (event.type === 'synced') synced = true
    if (synced && isWhole(event, client.capabilities.revision)) {
      await draw(context, listing, [...entries.values()], wholePicture)
    }
  }
  context.signal.throwIfAborted()
  return 0
}

function apply(entries: Map<string, InstanceEntry>, event: WatchEvent): void {
  if (event.type === 'removed') entries.delete(identityOf(event.entry))
  else if ('entry' in event) entries.set(identityOf(event.entry), event.entry)
}

/** Whether the picture may be shown: no further event of the same revision will follow. */
function isWhole(event: WatchEvent, hasRevisions: boolean): boolean {
  if (event.type === 'synced') return true
  return 'entry' in event && (!hasRevisions || ('revision' in event && event.revision !== undefined))
}

async function draw(
  context: Context,
  listing: Listing,
  entries: InstanceEntry[],
  wholePicture: boolean,
): Promise<void> {
  const { stdout } = context.io
  if (stdout.isTerminal) await stdout.write(TOP_OF_EMPTY_SCREEN)
  if (wholePicture) {
    const writer = await printList(context, 'ServiceList', servicesTable)
    const fold = servicesOf()
    for (const entry of entries) fold.add(entry)
    for (const service of fold.result()) await writer.row(service)
    return await writer.end({ asOf: context.now() })
  }
  const one = listing.scope.services?.length === 1
  const writer = await printList(context, 'InstanceList', one ? instancesTable : allInstancesTable)
  const sorted = entries.sort((a, b) => byCode(a.service, b.service) || byCode(a.instance.id, b.instance.id))
  for (const entry of sorted) await writer.row(instanceItem(entry))
  await writer.end({ asOf: context.now() })
}
