import { RollcallError } from '../../../model/errors.ts'
import type { RawRecord } from '../../../model/record.ts'
import type { Page, ScanOptions, Scope } from '../../contract/backend.ts'
import { type Api, part } from '../api.ts'
import { isTree } from '../protocol.ts'
import { recordIn } from './instance.ts'

/** Services read at the same time. */
const ABREAST = 8

/** A page a service, in the order of their names. */
export async function* scan(
  api: Api,
  { services }: Pick<Scope, 'services'>,
  { signal }: Pick<ScanOptions, 'signal'> = {},
): AsyncGenerator<Page, void, undefined> {
  const names = [...new Set(services ?? (await namesOf(api, signal)))].toSorted(inOrder)
  let pages = 0
  for (let at = 0; at < names.length; at += ABREAST) {
    signal?.throwIfAborted()
    const abreast = names.slice(at, at + ABREAST)
    for (const listed of await Promise.all(abreast.map((name) => recordsOf(api, name, signal)))) {
      if (!listed.isWhole) api.logger.warn('this server lists only the instances that are up')
      if (listed.records.length === 0) continue
      pages += 1
      yield { records: listed.records }
      signal?.throwIfAborted()
    }
  }
  if (pages === 0) yield { records: [] }
}

async function namesOf(api: Api, signal: AbortSignal | undefined): Promise<string[]> {
  const doing = 'list the services'
  const names = listIn(await api.call({ path: '/services', doing, signal }), doing)
  return names.filter((name) => typeof name === 'string')
}

/** Go writes a list that nobody made as null. @throws RollcallError `wrong-server` for what is no list */
function listIn(data: unknown, doing: string): readonly unknown[] {
  if (Array.isArray(data)) return data
  if (data === null || data === undefined) return []
  throw new RollcallError('wrong-server', `http: cannot ${doing}: the answer is no list`, {
    hint: 'look at host, port and path: it is no server of this API',
  })
}

interface Listed {
  readonly records: readonly RawRecord[]
  /** What is not up is among them. */
  readonly isWhole: boolean
}

/** A service's statistics hold all of its instances; discovery holds those that are up. */
async function recordsOf(api: Api, service: string, signal: AbortSignal | undefined): Promise<Listed> {
  const doing = `read the service ${service}`
  const stats = await unlessMissing(() => api.call({ path: `/services/${part(service)}/stats`, doing, signal }))
  const instances = isTree(stats) ? stats['instances'] : undefined
  if (Array.isArray(instances)) return { records: inService(instances, service), isWhole: true }
  const up = listIn(await unlessMissing(() => api.call({ path: `/discovery/${part(service)}`, doing, signal })), doing)
  return { records: inService(up, service), isWhole: up.length === 0 }
}

function inService(instances: readonly unknown[], service: string): RawRecord[] {
  return instances.flatMap((each) => recordIn(each, service) ?? []).toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

/** The data; undefined where the server says that there is none. */
export async function unlessMissing(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof RollcallError && error.code === 'not-found') return undefined
    throw error
  }
}

/** As keys below these names would be ordered. */
function inOrder(a: string, b: string): number {
  return Buffer.compare(Buffer.from(`${a}/`), Buffer.from(`${b}/`))
}
