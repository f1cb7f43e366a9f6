import { RollcallError, isForbidden } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Page, ScanOptions, Scope } from '../contract/backend.ts'
import { type View, isInScope, lookBack } from './view.ts'

const PAGE = 250

/** The server orders by namespace and name, so all is read, cut down, before it is told by services. */
export async function* scan(view: View, scope: Scope, options: ScanOptions = {}): AsyncGenerator<Page> {
  const { signal, structure, revision: asOf } = options
  const sight = await lookBack(view, scope, { signal, structure, asOf })
  const records = sight.holdings.records().filter(isInScope(scope))
  if (records.length === 0) await checkNamespace(view, signal)
  const about = {
    revision: formatRevision(sight.revision),
    ...(sight.partial === undefined ? {} : { partial: sight.partial }),
  }
  for (const part of partsOf(records)) {
    signal?.throwIfAborted()
    yield { records: part, ...about }
  }
}

/** One, where there is nothing. */
function* partsOf(records: readonly RawRecord[]): Generator<readonly RawRecord[]> {
  for (let at = 0; at === 0 || at < records.length; at += PAGE) yield records.slice(at, at + PAGE)
}

/** A namespace that does not exist is listed as empty: a typing error must not look like an empty registry. */
async function checkNamespace({ api, namespace }: View, signal: AbortSignal | undefined): Promise<void> {
  if (namespace === undefined) return
  const doing = { verb: 'get', resource: 'namespaces', namespace: undefined, name: namespace } as const
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`
  const found = await api.ask({ path, doing, signal }).catch((error: unknown) => {
    // Whoever may list in it, may not need to know more of it.
    if (isForbidden(error)) return {}
    throw error
  })
  if (found === undefined)
    throw new RollcallError('usage', `kubernetes: ${api.server.url.host} has no namespace "${namespace}"`, {
      hint: 'name another with -n, or all with -A',
    })
}

/** How far the Pods and the EndpointSlices were read: each has a history of its own. What was not read is left out. */
export interface Revision {
  readonly pods?: string
  readonly endpointslices?: string
}

/** `PODS+SLICES`, `PODS` alone, or `+SLICES`. */
export function formatRevision({ pods = '', endpointslices }: Revision): string {
  return endpointslices === undefined ? pods : `${pods}+${endpointslices}`
}

/** @throws RollcallError `usage` for what formatRevision never makes */
export function parseRevision(text: string): Revision {
  const [, pods, endpointslices] = /^(\d+)?(?:\+(\d+))?$/.exec(text) ?? []
  if (pods !== undefined || endpointslices !== undefined)
    return { ...(pods ? { pods } : {}), ...(endpointslices ? { endpointslices } : {}) }
  throw new RollcallError('usage', `"${text}" is no revision of Kubernetes`, {
    hint: 'take one that ls -o json or watch has told',
  })
}
