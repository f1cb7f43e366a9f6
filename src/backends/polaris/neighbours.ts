import { isForbidden } from '../../model/errors.ts'
import type { Neighbour } from '../contract/backend.ts'
import { servicesIn } from './discover.ts'
import type { Polaris } from './polaris.ts'

/** Where Polaris registers itself. */
const OWN = 'Polaris'

/** The other namespaces that hold services, as far as they may be seen. */
export async function neighbours({ api, namespace }: Polaris, signal?: AbortSignal): Promise<Neighbour[]> {
  if (namespace === '') return []
  try {
    const counts = new Map<string, number>()
    for (const { namespace: place } of await servicesIn(api, '', signal))
      if (place !== namespace && place !== OWN) counts.set(place, (counts.get(place) ?? 0) + 1)
    return [...counts].map(([place, count]) => ({ place, option: '-n', count, unit: 'service', more: false }))
  } catch (error) {
    if (isForbidden(error)) return []
    throw error
  }
}
