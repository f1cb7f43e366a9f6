import { RollcallError } from '../../../model/errors.ts'
import type { Page, ScanOptions, Scope } from '../../contract/backend.ts'
import { byServiceName } from '../../contract/service-order.ts'
import type { HttpApi } from '../api.ts'
import { isJsonObject, isSegment, segment } from '../protocol.ts'
import { type AioApiRecord, recordIn } from './record.ts'

/** Services read at the same time. */
const AT_ONCE = 8

interface AioPage extends Page {
  readonly records: readonly AioApiRecord[]
}

/** The instances of the registry, or of some services, a page for each service in the order of their names. */
export async function* scan(
  api: HttpApi,
  { services }: Pick<Scope, 'services'>,
  { signal }: Pick<ScanOptions, 'signal'> = {},
): AsyncGenerator<AioPage, void, undefined> {
  const names = [...new Set(services ?? (await namesOf(api, signal)))].toSorted(byServiceName)
  let pages = 0
  for (let at = 0; at < names.length; at += AT_ONCE) {
    signal?.throwIfAborted()
    const group = names.slice(at, at + AT_ONCE)
    for (const listed of await Promise.all(group.map((name) => recordsOf(api, name, signal)))) {
      if (!listed.isWhole) api.logger.warn('this server lists only the instances that are up')
      if (listed.records.length === 0) continue
      pages += 1
      yield { records: listed.records }
      signal?.throwIfAborted()
    }
  }
  if (pages === 0) yield { records: [] }
}

async function namesOf(api: HttpApi, signal: AbortSignal | undefined): Promise<string[]> {
  const doing = 'list the services'
  const names = listIn(await api.call({ path: '/services', doing, signal }), doing)
  return names.filter((name) => typeof name === 'string')
}

/** Go writes an empty list as null. @throws RollcallError `wrong-server` for what is not a list */
function listIn(data: unknown, doing: string): readonly unknown[] {
  if (Array.isArray(data)) return data
  if (data === null || data === undefined) return []
  throw new RollcallError('wrong-server', `http: cannot ${doing}: the answer is not a list`, {
    hint: 'check host, port and path: this is not a server of the AIO registry',
  })
}

interface Listed {
  readonly records: readonly AioApiRecord[]
  /** Instances that are not up are among them. */
  readonly isWhole: boolean
}

/** The statistics of a service list all of its instances; discovery lists those that are up. */
async function recordsOf(api: HttpApi, service: string, signal: AbortSignal | undefined): Promise<Listed> {
  const doing = `read the service ${service}`
  const name = segment(service)
  const stats = await unlessMissing(() => api.call({ path: `/services/${name}/stats`, doing, signal }))
  const instances = isJsonObject(stats) ? stats['instances'] : undefined
  if (Array.isArray(instances)) return { records: inService(instances, service), isWhole: true }
  const up = listIn(await unlessMissing(() => api.call({ path: `/discovery/${name}`, doing, signal })), doing)
  return { records: inService(up, service), isWhole: up.length === 0 }
}

function inService(instances: readonly unknown[], service: string): AioApiRecord[] {
  return instances.flatMap((each) => recordIn(each, service) ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** The record that now has the id of another, exactly. @throws RollcallError; the signal's reason */
export async function find(
  api: HttpApi,
  { id, service, body }: AioApiRecord,
  signal?: AbortSignal,
): Promise<AioApiRecord | undefined> {
  if (isSegment(body.id)) {
    const path = `/services/${segment(body.id)}`
    const now = recordIn(await unlessMissing(() => api.call({ path, doing: `read ${id}`, signal })))
    if (now?.id === id || now === undefined) return now
  }
  // AIO's own server may have answered with a record whose key only contains the id.
  for await (const { records } of scan(api, { services: [service] }, { signal })) {
    const found = records.find((record) => record.id === id)
    if (found) return found
  }
  return undefined
}

/** The data of an answer; undefined where the server reports that nothing is there. */
async function unlessMissing(request: () => Promise<unknown>): Promise<unknown> {
  try {
    return await request()
  } catch (error) {
    if (error instanceof RollcallError && error.code === 'not-found') return undefined
    throw error
  }
}
