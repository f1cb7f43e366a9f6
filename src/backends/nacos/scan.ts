import { RollcallError } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Page, ScanOptions, Scope } from '../contract/backend.ts'
import type { NacosContext } from './context.ts'
import { checkNamespace } from './namespaces.ts'
import { ownRecord } from './record.ts'
import { type ServiceGroup, groupsIn, readServices, recordsOf } from './service-group.ts'

/** Service groups read at the same time. */
const AHEAD = 8
const PAGE = 1_000
/** Requests for holders at the same time. */
const AT_ONCE = 16

/** Pages of records, at least one, in the order of services. */
export async function* scan(
  context: NacosContext,
  scope: Scope,
  { signal, detail }: ScanOptions = {},
): AsyncGenerator<Page> {
  let isEmpty = true
  const unreadable: string[] = []
  const groups = await groupsIn(context, scope, signal)
  for await (const records of readInOrder(context, groups, unreadable, signal)) {
    const chosen = scope.rawKey === undefined ? records : records.filter(({ id }) => id === scope.rawKey)
    for (let at = 0; at < chosen.length; at += PAGE) {
      signal?.throwIfAborted()
      const page = chosen.slice(at, at + PAGE)
      yield { records: detail ? await withHolders(context, page, signal) : page, ...unreadableOf(unreadable) }
      isEmpty = false
    }
  }
  if (isEmpty && scope.rawKey === undefined) await checkNamespace(context, signal)
  if (isEmpty || unreadable.length > 0) yield { records: [], ...unreadableOf(unreadable) }
}

function unreadableOf(unreadable: readonly string[]): Pick<Page, 'unreadable'> {
  return unreadable.length === 0 ? {} : { unreadable: unreadable.join('; ') }
}

/** The records of each group; some groups are read ahead of the one that is yielded. Why a group could not be read goes into `unreadable`. */
async function* readInOrder(
  context: NacosContext,
  groups: readonly ServiceGroup[],
  unreadable: string[],
  signal?: AbortSignal,
): AsyncGenerator<RawRecord[]> {
  const ahead: Promise<RawRecord[]>[] = []
  const begin = (group: ServiceGroup | undefined) => {
    if (!group) return
    const reading = readServices(context, group.services, signal).then((held) => recordsOf(context, group.name, held))
    reading.catch(() => {}) // handled when its turn comes
    ahead.push(reading)
  }
  for (const group of groups.slice(0, AHEAD)) begin(group)
  for (let at = AHEAD; ahead.length > 0; at += 1) {
    const records = await ahead.shift()?.catch((error: unknown) => {
      if (!isAboutOneService(error)) throw error
      unreadable.push(error.message)
    })
    begin(groups[at])
    if (records) yield records
  }
}

/** The server lists a name that it then refuses, or that this user has no permission to read: the others can be read. */
function isAboutOneService(error: unknown): error is RollcallError {
  return error instanceof RollcallError && (error.code === 'usage' || error.code === 'forbidden')
}

/** The records, with the gRPC clients that hold them: a request each. */
export async function withHolders(
  context: NacosContext,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): Promise<RawRecord[]> {
  const found: RawRecord[] = []
  for (let at = 0; at < records.length; at += AT_ONCE) {
    const some = records.slice(at, at + AT_ONCE)
    found.push(...(await Promise.all(some.map((record) => withHolder(context, record, signal)))))
  }
  return found
}

async function withHolder({ api }: NacosContext, record: RawRecord, signal?: AbortSignal): Promise<RawRecord> {
  const own = ownRecord(record)
  if (!own?.body.host.ephemeral) return record
  const holder = await api.holder(own, signal)
  return holder ? { ...record, body: { ...own.body, holder } } : record
}
