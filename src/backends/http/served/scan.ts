import { RollcallError } from '../../../model/errors.ts'
import type { Page, ScanOptions, Scope } from '../../contract/backend.ts'
import type { Api } from '../api.ts'
import { isTree, parsed } from '../protocol.ts'
import { refusalOf } from '../errors.ts'
import { recordsIn } from './record.ts'

/** Characters of service names in a URL; who asks for more reads all and is shown what he asked for. */
const LONGEST = 4_000

const doing = 'read the registry'

/** The pages of the registry behind the server, in its own order. */
export async function* scan(
  api: Api,
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
    if (!isTree(step)) break
    if (isTree(step['error'])) throw refusalOf(told(step['error']), { doing, hasToken: true })
    isWhole = step['end'] === true
    if (isWhole) continue
    const { revision, partial } = step
    yield {
      records: recordsIn(step['records']).filter(isWanted),
      ...(typeof revision === 'string' && { revision }),
      ...(typeof partial === 'string' && { partial }),
    }
    signal?.throwIfAborted()
  }
  if (!isWhole) throw new RollcallError('unreachable', `http: ${api.target.display}: the answer was cut off`)
}

/** The names that are asked for, where they fit into a URL. */
export function servicesIn({ services = [] }: Pick<Scope, 'services'>): readonly string[] {
  const names = [...new Set(services)]
  return encodeURIComponent(names.join('&')).length <= LONGEST ? names : []
}

/** Whether something lies under a service that is asked for. */
export function wanted({ services }: Pick<Scope, 'services'>): (thing: { readonly service: string }) => boolean {
  if (services === undefined) return () => true
  const names = new Set(services)
  return ({ service }) => names.has(service)
}

/** A failure as the server tells it of a part of a request. */
export function told(error: Readonly<Record<string, unknown>>): { readonly code: number; readonly msg: string } {
  return { code: Number(error['code']), msg: String(error['msg']) }
}
