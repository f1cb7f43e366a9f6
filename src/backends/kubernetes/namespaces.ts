import { RollcallError, isForbidden } from '../../model/errors.ts'
import { option } from '../../model/wording.ts'
import type { Alternative } from '../contract/alternative.ts'
import { type Resource, textIn, treeIn } from './object.ts'
import { PODS } from './pod.ts'
import { type ClusterView, type ListPage, readPage } from './selection.ts'
import { SLICES } from './slice.ts'

/** The API server's own service, which is in every cluster. */
const OWN = 'default/kubernetes'

/**
 * The server lists a namespace that does not exist as empty, and a typing error must not look like an empty registry.
 * Resolves to false where there is no permission to ask. @throws RollcallError `usage` where there is no such namespace
 */
export async function checkNamespace(
  { api, namespace }: Pick<ClusterView, 'api' | 'namespace'>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (namespace === undefined) return true
  const doing = { verb: 'get', resource: 'namespaces', namespace: undefined, name: namespace } as const
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`
  const found = await api.ask({ path, doing, signal }).catch((error: unknown) => {
    if (isForbidden(error)) return false
    throw error
  })
  if (found === undefined)
    throw new RollcallError('usage', `kubernetes: ${api.server.url.host} has no namespace "${namespace}"`, {
      hint: `name another with ${option('namespace')}, or all with ${option('allNamespaces')}`,
    })
  return found !== false
}

/** The other namespaces that hold services, as far as there is permission to list them: one page of each kind is read. */
export async function alternatives({ api, namespace }: ClusterView, signal?: AbortSignal): Promise<Alternative[]> {
  if (namespace === undefined) return []
  const services = new Map<string, Set<string>>()
  let more = false
  for (const resource of [PODS, SLICES]) {
    const page = await firstPage(api, resource, signal)
    more ||= page?.next !== undefined
    for (const { place, service } of page?.items.map((item) => placeOf(item, resource)) ?? [])
      if (place !== namespace && `${place}/${service}` !== OWN)
        services.set(place, (services.get(place) ?? new Set()).add(service))
  }
  return [...services].map(([place, { size }]) => ({ place, option: 'namespace', count: size, unit: 'service', more }))
}

async function firstPage(
  api: ClusterView['api'],
  resource: Resource,
  signal?: AbortSignal,
): Promise<ListPage | undefined> {
  try {
    const selection = { resource, namespace: undefined, labelSelector: resource.label }
    return await readPage(api, selection, { signal })
  } catch (error) {
    if (isForbidden(error)) return undefined
    throw error
  }
}

function placeOf(item: unknown, { label }: Resource): { place: string; service: string } {
  const metadata = treeIn(treeIn(item)['metadata'])
  return { place: textIn(metadata['namespace']), service: textIn(treeIn(metadata['labels'])[label]) }
}
