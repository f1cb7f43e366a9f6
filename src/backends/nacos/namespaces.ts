import { RollcallError, isForbidden } from '../../model/errors.ts'
import type { Nacos } from './context.ts'
import type { Neighbour } from '../contract/backend.ts'

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

/** That of everybody who names none. */
const PUBLIC = 'public'

/**
 * Whether the namespace in use is one. Nacos takes any id for one and keeps what is registered into it, so one that was
 * never created is allowed, and warned of once; the name of another in place of its id is a mistake.
 * @throws RollcallError `usage` for such a name
 */
export async function checkNamespace(nacos: Nacos, signal?: AbortSignal): Promise<void> {
  const { namespace, allNamespaces, warnedOf, logger } = nacos
  if (allNamespaces || namespace === PUBLIC || warnedOf.has(namespace)) return
  const known = await nacos.api.namespaces(signal).catch(unlessHidden)
  if (!known || known.some(({ id }) => id === namespace)) return
  const named = known.filter(({ name }) => name === namespace).map(({ id }) => id)
  if (named.length > 0)
    throw new RollcallError('usage', `nacos: "${namespace}" is the name of the namespace ${named.join(' and of ')}`, {
      hint: `name a namespace by its id: use -n ${named.join(' or -n ')}`,
    })
  warnedOf.add(namespace)
  logger.warn(`nacos: no namespace has the id "${namespace}": it was never created, or is misspelt`)
}

/** The list is only a help: who has no permission to read it works without. */
function unlessHidden(error: unknown): undefined {
  const codes: readonly string[] = ['forbidden', 'unauthenticated', 'unsupported']
  if (!(error instanceof RollcallError) || !codes.includes(error.code)) throw error
}
