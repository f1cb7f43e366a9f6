import { escapeKey, unescapeKey } from '../../model/key.ts'
import { isForbidden } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import type { RecordChange, Scope, WatchMessage, WatchOptions } from '../contract/backend.ts'
import { Folders, atRoot } from './folders.ts'
import { isFramework, layouts } from '../../layouts/index.ts'
import { joined } from '../contract/join.ts'
import { contains, exactly, inside, type KeyRange, type StoreChange, type StoreEvent } from './store.ts'
import { type KvContext, prefixesOf } from './context.ts'
import { type Prefix, prefixOf, serviceOf } from './prefix.ts'
import { rawRecordOf, isStructure } from './record.ts'
import { WatchedFolders } from './watched-folders.ts'

/**
 * The changes of records in scope, revision by revision, until the signal is aborted. Throws `history-lost` as the store
 * does.
 */
export async function* watch(kv: KvContext, scope: Scope, options: WatchOptions): AsyncGenerator<WatchMessage> {
  const prefixes = scope.rawKey === undefined ? prefixesOf(kv, scope) : []
  const rangesWhere = (is: boolean) =>
    rangesOf(
      scope,
      prefixes.filter(({ isUnasked }) => isUnasked === is),
    )
  const unasked = rangesWhere(true)
  const ranges = scope.rawKey === undefined ? [...rangesWhere(false), ...unasked] : [exactly(unescapeKey(scope.rawKey))]
  const located = new Locating(kv, scope, options.signal)
  if (ranges.length > 0) yield* messages(located, ranges, { ...options, unasked: new Set(unasked) })
}

interface RangesOptions extends WatchOptions {
  /** Those that may be unreadable without a word. */
  readonly unasked: ReadonlySet<KeyRange>
}

function rangesOf({ services }: Scope, prefixes: readonly Prefix[]): KeyRange[] {
  if (prefixes.some(({ isRoot }) => isRoot)) return prefixes.flatMap((prefix) => prefix.ranges)
  if (services === undefined) return prefixes.map((prefix) => prefix.range)
  const deep = prefixes.filter(({ below }) => below)
  const flat = prefixes.filter(({ below }) => !below)
  const folders = services.flatMap((service) => flat.map((prefix) => prefix.folder(service)))
  return [...folders.flatMap((folder) => [exactly(folder), inside(folder)]), ...deep.map(({ range }) => range)]
}

/** One watch of all ranges. If that is refused, a watch of each readable part. */
async function* messages(
  located: Locating,
  ranges: readonly KeyRange[],
  { since, signal, unasked }: RangesOptions,
): AsyncGenerator<WatchMessage> {
  const { kv } = located
  let last = since
  try {
    for await (const event of kv.store.watch(ranges, { since, signal })) {
      if (event.is !== 'link') last = event.revision
      const message = located.messageOf(event, ranges)
      yield withoutRevision(kv, message instanceof Promise ? await message : message)
    }
  } catch (error) {
    const parts = isForbidden(error) ? await permittedParts(kv, ranges, signal) : []
    if (parts.length === 0 && isForbidden(error) && ranges.every((range) => unasked.has(range))) return
    if (parts.length === 0) throw error
    if (parts.length === 1) yield* messages(located, parts, { since: last, signal, unasked })
    else yield* fromParts(located, parts, { since: last, signal })
  }
}

/** Changes of several ranges, without an order between them, hence without revisions from which a watch could continue. */
async function* fromParts(
  located: Locating,
  parts: readonly KeyRange[],
  { since, signal }: WatchOptions,
): AsyncGenerator<WatchMessage> {
  const { kv } = located
  const watches = parts.map((part) => (stop: AbortSignal) => kv.store.watch([part], { since, signal: stop }))
  for await (const event of joined(watches, signal)) {
    const message = await located.messageOf(event, parts)
    if (message.is === 'changes') yield { is: 'changes', changes: message.changes }
    else if (message.is === 'link') yield message
  }
}

async function permittedParts(kv: KvContext, ranges: readonly KeyRange[], signal: AbortSignal): Promise<KeyRange[]> {
  const parts = ranges.map(async (range) => (await kv.store.readable?.(range, { signal })) ?? [])
  return (await Promise.all(parts)).flat()
}

interface LocatedChange {
  readonly change: StoreChange
  readonly prefix: Prefix
}

/** Turns the events of a store into changes of records, in the form in which a scan yields them. */
class Locating {
  readonly kv: KvContext
  readonly #folders: WatchedFolders
  readonly #services: ReadonlySet<string> | undefined
  readonly #signal: AbortSignal

  constructor(kv: KvContext, scope: Scope, signal: AbortSignal) {
    this.kv = kv
    this.#folders = new WatchedFolders(kv, signal)
    this.#services = scope.services && new Set(scope.services)
    this.#signal = signal
  }

  /** At once, unless the folders of what changed have to be looked at. */
  messageOf(event: StoreEvent, ranges: readonly KeyRange[]): WatchMessage | Promise<WatchMessage> {
    if (event.is !== 'changes') return event
    const { revision } = event
    const ours = event.changes.filter((change) => ranges.some((range) => contains(range, changedKey(change))))
    if (ours.length === 0) return { is: 'progress', revision }
    const located = ours
      .map((change): LocatedChange => ({ change, prefix: prefixOf(changedKey(change), this.kv.prefixes) }))
      .filter(({ change, prefix }) => !prefix.below || this.#isMeant(serviceOf(prefix.nameIn(changedKey(change)))))
    if (located.some(({ prefix }) => prefix.dependsOnFolders)) return this.#amongFolders(located, ranges, revision)
    return this.#reported(
      located.map(({ change, prefix }) => recordChangeOf(change, prefix)),
      revision,
    )
  }

  async #amongFolders(located: readonly LocatedChange[], ranges: readonly KeyRange[], revision: string) {
    const changes: RecordChange[] = []
    for (const each of located) changes.push(...(await this.#recordChanges(each, ranges)))
    return this.#reported(changes, revision)
  }

  #reported(changes: readonly RecordChange[], revision: string): WatchMessage {
    const reported = changes.filter((change) => !('put' in change && isStructure(this.kv, change.put)))
    return { is: 'changes', revision, changes: reported }
  }

  async #recordChanges({ change, prefix }: LocatedChange, ranges: readonly KeyRange[]): Promise<RecordChange[]> {
    const key = changedKey(change)
    if (!prefix.dependsOnFolders) return [recordChangeOf(change, prefix)]
    const all = await this.#puts(change, prefix)
    const puts = all.filter(({ id }) => ranges.some((range) => contains(range, unescapeKey(id))))
    if (!prefix.isRoot) return ['put' in change ? [] : recordChangeOf(change, prefix), puts.map(toPut)].flat()
    const there = puts.map((record) => atRoot(this.kv, record))
    const gone = 'put' in change ? [] : removalsAtRoot(escapeKey(key))
    const elsewhere = there.flatMap(({ id, service }) =>
      removalsAtRoot(id).filter(({ removed }) => removed.service !== service),
    )
    const removals = [...gone, ...elsewhere].filter(({ removed }) => this.#isMeant(removed.service))
    return [...removals, ...there.filter(({ service }) => this.#isMeant(service)).map(toPut)]
  }

  /**
   * The record that was put, and others of its folder whose reading changes with it. With a layout named by the user no
   * reading depends on others.
   */
  async #puts(change: StoreChange, prefix: Prefix): Promise<RawRecord[]> {
    const isNamed = this.kv.layout !== 'auto'
    if (!('put' in change)) return isNamed ? [] : await this.#folders.removed(escapeKey(change.removed))
    const record = rawRecordOf(prefix.locate(change.put))
    return await (isNamed ? new Folders(this.kv, this.#signal).annotate([record]) : this.#folders.put(record))
  }

  #isMeant(service: string): boolean {
    return this.#services === undefined || this.#services.has(service)
  }
}

function toPut(put: RawRecord): RecordChange {
  return { put }
}

/**
 * Removals of a key of the root from every service that its segments could name, and that a framework finds in it: only its value
 * shows which one it belonged to.
 */
function removalsAtRoot(id: string) {
  const key = Buffer.from(unescapeKey(id)).toString('utf8')
  const found = CUTS.flatMap((layout) => layout.cut(key)?.service ?? [])
  const services = new Set([...id.split('/').filter(Boolean), ...found])
  return [...services].map((service) => ({ removed: { id, service } }))
}

const CUTS = Object.values(layouts).filter(isFramework)

/** The message without its revision in an unordered store, where a watch cannot continue from one. */
function withoutRevision({ store }: KvContext, message: WatchMessage): WatchMessage {
  if (!store.unordered) return message
  if (message.is === 'progress') return { is: 'progress' }
  return message.is === 'changes' ? { is: 'changes', changes: message.changes } : message
}

function changedKey(change: StoreChange): Uint8Array {
  return 'put' in change ? change.put.key : change.removed
}

function recordChangeOf(change: StoreChange, prefix: Prefix): RecordChange {
  if ('put' in change) return { put: rawRecordOf(prefix.locate(change.put)) }
  return { removed: { id: escapeKey(change.removed), service: serviceOf(prefix.nameIn(change.removed)) } }
}
