import { isForbidden } from '../../model/errors.ts'
import type { Neighbour } from '../contract/backend.ts'
import type { Nacos } from './nacos.ts'

/** Namespaces asked for their services, at most. */
const LOOKS = 40

/** The other namespaces that hold services, as far as they may be seen. */
export async function neighbours(nacos: Nacos, signal?: AbortSignal): Promise<Neighbour[]> {
  if (nacos.allNamespaces) return []
  try {
    const others = (await nacos.api.namespaces(signal)).filter(({ id }) => id !== nacos.namespace)
    const found = others.slice(0, LOOKS).map(async ({ id: namespace }): Promise<Neighbour> => {
      const services = await nacos.api.services({ namespace }, signal)
      return { place: namespace, option: '-n', count: services.length, unit: 'service', more: false }
    })
    return (await Promise.all(found)).filter(({ count }) => count > 0)
  } catch (error) {
    if (isForbidden(error)) return []
    throw error
  }
}
