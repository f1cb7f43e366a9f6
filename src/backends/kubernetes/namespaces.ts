import { isForbidden } from '../../model/errors.ts'
import type { Neighbour } from '../contract/backend.ts'
import { type ListPage, list } from './selection.ts'
import { PODS, type Resource, SLICES } from './object.ts'
import { textIn, treeIn } from './object.ts'
import type { View } from './view.ts'

/** The API server's own service, which is in every cluster. */
const OWN = 'default/kubernetes'

/** The other namespaces that hold services, as far as they may be seen: a page of each resource is looked at. */
export async function neighbours({ api, namespace }: View, signal?: AbortSignal): Promise<Neighbour[]> {
  if (namespace === undefined) return []
  const services = new Map<string, Set<string>>()
  let more = false
  for (const resource of [PODS, SLICES]) {
    const page = await firstPage(api, resource, signal)
    more ||= page?.hasMore ?? false
    for (const { place, service } of page?.items.map((item) => placeOf(item, resource)) ?? [])
      if (place !== namespace && `${place}/${service}` !== OWN)
        services.set(place, (services.get(place) ?? new Set()).add(service))
  }
  return [...services].map(([place, { size }]) => ({ place, option: '-n', count: size, unit: 'service', more }))
}

async function firstPage(api: View['api'], resource: Resource, signal?: AbortSignal): Promise<ListPage | undefined> {
  try {
    const selection = { resource, namespace: undefined, labelSelector: resource.label }
    for await (const page of list(api, selection, { signal })) return page
    return undefined
  } catch (error) {
    if (isForbidden(error)) return undefined
    throw error
  }
}

function placeOf(item: unknown, { label }: Resource): { place: string; service: string } {
  const metadata = treeIn(treeIn(item)['metadata'])
  return { place: textIn(metadata['namespace']), service: textIn(treeIn(metadata['labels'])[label]) }
}
