import type { Page, ScanOptions, Scope } from '../contract/backend.ts'
import { byServiceName } from '../contract/service-order.ts'
import type { EurekaContext } from './api.ts'
import type { EurekaTree } from './instance.ts'
import { type Listed, readEach, recordAt, settled } from './lookup.ts'
import { type EurekaRecord, addressOf, listedAs, serviceOf } from './record.ts'

type Signal = AbortSignal | undefined

/** Instances of named services that are each read again, since lists are up to half a minute old. */
const FEW = 128
/** Records of a page, and a service's last ones beyond. */
const PAGE = 200

/** Pages of whole services, in the order of their names. */
export async function* scan(
  context: EurekaContext,
  scope: Scope,
  { signal }: ScanOptions = {},
): AsyncGenerator<Page, void, undefined> {
  signal?.throwIfAborted()
  const services = byService(await recordsIn(context, scope, signal))
  let page: EurekaRecord[] = []
  for (const [at, records] of services.entries()) {
    page.push(...records)
    if (page.length < PAGE || at === services.length - 1) continue
    yield { records: page }
    signal?.throwIfAborted()
    page = []
  }
  yield { records: page }
}

/** The records of a scope, in no order. */
export async function recordsIn(
  context: EurekaContext,
  { services, rawKey }: Scope,
  signal: Signal,
): Promise<EurekaRecord[]> {
  if (rawKey !== undefined) return await recordOfKey(context, rawKey, signal)
  if (services === undefined) {
    const { instances } = await context.api.list(signal)
    return await settled(context, listedOf(instances), signal)
  }
  const apps = [...new Set(services.map((name) => name.toUpperCase()))]
  const found: EurekaTree[] = []
  for (const app of apps) found.push(...(await context.api.application(app, signal)))
  const listed = listedOf(found, new Set(services))
  return listed.length > FEW ? await settled(context, listed, signal) : await readEach(context, listed, signal)
}

/** Without what is none of these services. */
export function listedOf(instances: readonly EurekaTree[], services?: ReadonlySet<string>): Listed[] {
  return instances.flatMap((instance) => {
    const service = listedAs(instance, services)
    return service === undefined ? [] : [{ instance, service }]
  })
}

async function recordOfKey(context: EurekaContext, rawKey: string, signal: Signal): Promise<EurekaRecord[]> {
  const address = addressOf(rawKey)
  const record = address && (await recordAt(context, { ...address, service: address.app }, signal))
  return record ? [{ ...record, service: serviceOf(record.body) }] : []
}

/** The records of each service in the order of their ids, and the services in theirs. */
function byService(records: readonly EurekaRecord[]): EurekaRecord[][] {
  const services = new Map<string, EurekaRecord[]>()
  for (const record of records) {
    const members = services.get(record.service)
    if (members) members.push(record)
    else services.set(record.service, [record])
  }
  return [...services.entries()]
    .toSorted(([a], [b]) => byServiceName(a, b))
    .map(([, members]) => members.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
}
