import { escapeKey, unescapeKey } from '../../model/key.ts'
import { isForbidden } from '../../model/errors.ts'
import type { RecordChange, Scope, WatchMessage, WatchOptions } from '../backend.ts'
import { joined } from './join.ts'
import { contains, covering, exactly, inside } from './key-range.ts'
import { type Kv, prefixesOf } from './kv.ts'
import { prefixOf, serviceOf, type Found } from './prefix.ts'
import { rawRecordOf } from './record.ts'
import { isStructure } from './scan.ts'
import type { KeyRange, KvRecord, StoreChange, StoreEvent } from './store.ts'

/** Changes of records in scope, revision by revision. */
export async function* watch(kv: Kv, scope: Scope, options: WatchOptions): AsyncGenerator<WatchMessage> {
  const ranges = rangesOf(kv, scope)
  if (ranges.length > 0) yield* messages(kv, ranges, options)
}

function rangesOf(kv: Kv, scope: Scope): KeyRange[] {
  const { rawKey, services } = scope
  if (rawKey !== undefined) return [exactly(unescapeKey(rawKey))]
  const prefixes = prefixesOf(kv, scope)
  if (services === undefined) return prefixes.map((prefix) => prefix.range)
  const folders = services.flatMap((service) => prefixes.map((prefix) => prefix.folder(service)))
  return folders.flatMap((folder) => [exactly(folder), inside(folder)])
}

/**
 * One watch over the smallest range with all of it, since only the store can put changes of two ranges in order.
 * Where that is refused, a watch of each part that may be read.
 */
async function* messages(
  kv: Kv,
  ranges: readonly KeyRange[],
  { since, signal }: WatchOptions,
): AsyncGenerator<WatchMessage> {
  let last = since
  try {
    for await (const event of kv.store.watch(covering(ranges), { since, signal })) {
      if (event.is !== 'link') last = event.revision
      yield withoutRevision(kv, await messageOf(kv, event, ranges, signal))
    }
  } catch (error) {
    const parts = isForbidden(error) ? await permittedParts(kv, ranges, signal) : []
    if (parts.length === 0) throw error
    yield* fromParts(kv, parts, { since: last, signal })
  }
}

/** Changes of several ranges, in no order between them: so they tell no revision from which one could go on. */
async function* fromParts(
  kv: Kv,
  parts: readonly KeyRange[],
  { since, signal }: WatchOptions,
): AsyncGenerator<WatchMessage> {
  const watches = parts.map((part) => (stop: AbortSignal) => kv.store.watch(part, { since, signal: stop }))
  for await (const event of joined(watches, signal)) {
    const message = await messageOf(kv, event, parts, signal)
    if (message.is === 'changes') yield { is: 'changes', changes: message.changes }
    else if (message.is === 'link') yield message
  }
}

async function permittedParts(kv: Kv, ranges: readonly KeyRange[], signal: AbortSignal): Promise<KeyRange[]> {
  const parts = ranges.map(async (range) => (await kv.store.readable?.(range, { signal })) ?? [])
  return (await Promise.all(parts)).flat()
}

async function messageOf(
  kv: Kv,
  event: StoreEvent,
  ranges: readonly KeyRange[],
  signal: AbortSignal,
): Promise<WatchMessage> {
  if (event.is !== 'changes') return event
  const ours = event.changes.filter((change) => ranges.some((range) => contains(range, changedKey(change))))
  if (ours.length === 0) return { is: 'progress', revision: event.revision }
  await kv.jsonFolders.learn(
    ours.flatMap((change) => ('put' in change ? locate(kv, change.put) : [])),
    signal,
  )
  const changes = ours.map((change) => recordChangeOf(kv, change))
  const told = changes.filter((change) => !('put' in change && isStructure(kv, change.put)))
  return { is: 'changes', revision: event.revision, changes: told }
}

/** In an unordered store a revision is no place to go on from. */
function withoutRevision({ store }: Kv, message: WatchMessage): WatchMessage {
  if (!store.unordered) return message
  if (message.is === 'progress') return { is: 'progress' }
  return message.is === 'changes' ? { is: 'changes', changes: message.changes } : message
}

function changedKey(change: StoreChange): Uint8Array {
  return 'put' in change ? change.put.key : change.removed
}

function recordChangeOf(kv: Kv, change: StoreChange): RecordChange {
  if ('put' in change) return { put: rawRecordOf(locate(kv, change.put)) }
  const name = prefixOf(change.removed, kv.prefixes).nameIn(change.removed)
  return { removed: { id: escapeKey(change.removed), service: serviceOf(name) } }
}

function locate(kv: Kv, record: KvRecord): Found {
  return prefixOf(record.key, kv.prefixes).locate(record)
}
