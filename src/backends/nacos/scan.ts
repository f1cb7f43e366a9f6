import { RollcallError } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Page, ScanOptions, Scope } from '../contract/backend.ts'
import { mapAbreast } from './abreast.ts'
import { readFamily, recordsOf, type Family, familiesOf } from './service-group.ts'
import type { Nacos } from './context.ts'
import { checkNamespace } from './namespaces.ts'
import { addressOf } from './names.ts'
import { bodyOf } from './record.ts'

/** Services read at the same time. */
const AHEAD = 8
const PAGE = 1_000

/** Pages of records, at least one, in the order of services. */
export async function* scan(nacos: Nacos, scope: Scope, { signal, detail }: ScanOptions = {}): AsyncGenerator<Page> {
  let told = false
  const hidden: string[] = []
  const families = await familiesOf(nacos, scope, signal)
  for await (const records of readInOrder(nacos, families, hidden, signal)) {
    const chosen = scope.rawKey === undefined ? records : records.filter(({ id }) => id === scope.rawKey)
    for (let at = 0; at < chosen.length; at += PAGE) {
      signal?.throwIfAborted()
      const page = chosen.slice(at, at + PAGE)
      yield { records: detail ? await withHolders(nacos, page, signal) : page, ...partialOf(hidden) }
      told = true
    }
  }
  if (!told && scope.rawKey === undefined) await checkNamespace(nacos, signal)
  if (!told || hidden.length > 0) yield { records: [], ...partialOf(hidden) }
}

function partialOf(hidden: readonly string[]): Pick<Page, 'partial'> {
  return hidden.length === 0 ? {} : { partial: hidden.join('; ') }
}

/** The records of each family, some families ahead of the one that is asked for. What the server does not tell of goes into `hidden`. */
async function* readInOrder(
  nacos: Nacos,
  families: readonly Family[],
  hidden: string[],
  signal?: AbortSignal,
): AsyncGenerator<RawRecord[]> {
  const ahead: Promise<RawRecord[]>[] = []
  const begin = (family: Family | undefined) => {
    if (!family) return
    const reading = readFamily(nacos, family.services, signal).then((members) => recordsOf(nacos, family.name, members))
    reading.catch(() => {}) // told when its turn comes
    ahead.push(reading)
  }
  for (const family of families.slice(0, AHEAD)) begin(family)
  for (let at = AHEAD; ahead.length > 0; at += 1) {
    const records = await ahead.shift()?.catch((error: unknown) => {
      if (!isAboutOneService(error)) throw error
      hidden.push(error.message)
    })
    begin(families[at])
    if (records) yield records
  }
}

/** A name that the server lists and does not take, or that this user may not see: the others can be read. */
function isAboutOneService(error: unknown): error is RollcallError {
  return error instanceof RollcallError && (error.code === 'usage' || error.code === 'forbidden')
}

/** Which of them gRPC clients hold: a request each. */
export async function withHolders(
  nacos: Nacos,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): Promise<RawRecord[]> {
  return await mapAbreast(records, (record) => withHolder(nacos, record, signal))
}

async function withHolder(nacos: Nacos, record: RawRecord, signal?: AbortSignal): Promise<RawRecord> {
  const [address, body] = [addressOf(record.id), bodyOf(record)]
  if (!address || !body?.host.ephemeral) return record
  const holder = await nacos.api.holder({ address, host: body.host }, signal)
  return holder === undefined ? record : { ...record, body: { ...body, holder } }
}
