import { RollcallError } from '../../../model/errors.ts'
import type { Page, ScanOptions, Scope } from '../../contract/backend.ts'
import type { HttpApi } from '../api.ts'
import { isJsonObject, parsed } from '../protocol.ts'
import { refusalOfPart } from '../errors.ts'
import { recordsIn } from './record.ts'

/** The most characters of service names in a URL. For more, everything is requested and filtered here. */
const LONGEST = 4_000

const doing = 'read the registry'

/** The pages of the registry behind the server, in that registry's order. @throws RollcallError; the signal's reason */
export async function* scan(
  api: HttpApi,
  scope: Pick<Scope, 'services'>,
  { signal, detail = false, structure = false }: ScanOptions,
): AsyncGenerator<Page, void, undefined> {
  signal?.throwIfAborted()
  const query = new URLSearchParams({ ...(detail && { detail: 'true' }), ...(structure && { structure: 'true' }) })
  for (const service of servicesIn(scope)) query.append('service', service)
  const isWanted = wanted(scope)
  let isWhole = false
  for await (const line of api.lines({ path: '/records', query, doing, signal })) {
    if (isWhole || line === '') continue
    const step = parsed(line)
    if (!isJsonObject(step)) break
    if (isJsonObject(step['error'])) throw refusalOfPart(step['error'], doing)
    isWhole = step['end'] === true
    if (isWhole) continue
    const { revision, unreadable } = step
    yield {
      records: recordsIn(step['records']).filter(isWanted),
      ...(typeof revision === 'string' && { revision }),
      ...(typeof unreadable === 'string' && { unreadable }),
    }
    signal?.throwIfAborted()
  }
  if (!isWhole) throw new RollcallError('unreachable', `http: ${api.target.display}: the answer ended too early`)
}

/** The services of a scope, as far as they fit into a URL; none stands for all. */
export function servicesIn({ services = [] }: Pick<Scope, 'services'>): readonly string[] {
  const names = [...new Set(services)]
  return encodeURIComponent(names.join('&')).length <= LONGEST ? names : []
}

/** A test whether something belongs to a scope, by its service. */
export function wanted({ services }: Pick<Scope, 'services'>): (thing: { readonly service: string }) => boolean {
  if (services === undefined) return () => true
  const names = new Set(services)
  return ({ service }) => names.has(service)
}
