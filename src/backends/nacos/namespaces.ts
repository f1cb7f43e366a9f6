import { RollcallError, isForbidden } from '../../model/errors.ts'
import { option } from '../../model/wording.ts'
import type { Alternative } from '../contract/alternative.ts'
import type { NacosContext } from './context.ts'

/** Namespaces asked for their services, at most. */
const LOOKS = 40

/** The other namespaces that hold services; none for a user without permission to list them. */
export async function alternatives(context: NacosContext, signal?: AbortSignal): Promise<Alternative[]> {
  if (context.allNamespaces) return []
  try {
    const others = (await context.api.namespaces(signal)).filter(({ id }) => id !== context.namespace)
    const found = others.slice(0, LOOKS).map(async ({ id: namespace }): Promise<Alternative> => {
      const services = await context.api.services({ namespace }, signal)
      return { place: namespace, option: 'namespace', count: services.length, unit: 'service', more: false }
    })
    return (await Promise.all(found)).filter(({ count }) => count > 0)
  } catch (error) {
    if (isForbidden(error)) return []
    throw error
  }
}

/** The default namespace. */
const PUBLIC = 'public'

/**
 * Checks that the namespace in use exists. Nacos takes any id and keeps what is registered under it, so one that was never
 * created is allowed, with one warning; the name of a namespace in place of its id is a mistake.
 * @throws RollcallError `usage` for such a name
 */
export async function checkNamespace(context: NacosContext, signal?: AbortSignal): Promise<void> {
  const { namespace, allNamespaces, warnedOf, logger } = context
  if (allNamespaces || warnedOf.has(namespace)) return
  if ((await isCreated(context, signal)) !== false) return
  warnedOf.add(namespace)
  logger.warn(`nacos: ${neverCreated(namespace)}`)
}

/** Whether a namespace has that id; undefined for a user without permission to list them. @throws RollcallError `usage` where it is the name of one */
export async function isCreated(
  { api, namespace }: Pick<NacosContext, 'api' | 'namespace'>,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  if (namespace === PUBLIC) return true
  const known = await api.namespaces(signal).catch(unlessHidden)
  if (!known) return undefined
  if (known.some(({ id }) => id === namespace)) return true
  const named = known.filter(({ name }) => name === namespace).map(({ id }) => id)
  if (named.length > 0)
    throw new RollcallError('usage', `nacos: "${namespace}" is the name of the namespace ${named.join(' and of ')}`, {
      hint: `name a namespace by its id: use ${named.map((name) => option('namespace', name)).join(' or ')}`,
    })
  return false
}

export function neverCreated(namespace: string): string {
  return `no namespace has the id "${namespace}": it was never created, or is misspelt`
}

/** The check is only a help: a user without permission to list namespaces works without it. */
function unlessHidden(error: unknown): undefined {
  const codes: readonly string[] = ['forbidden', 'unauthenticated', 'unsupported']
  if (!(error instanceof RollcallError) || !codes.includes(error.code)) throw error
}
