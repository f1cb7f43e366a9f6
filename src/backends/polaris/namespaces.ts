import { RollcallError, isAccessDenied, isForbidden } from '../../model/errors.ts'
import { option } from '../../model/wording.ts'
import type { Alternative } from '../contract/alternative.ts'
import { servicesIn } from './service-group.ts'
import type { PolarisContext } from './api.ts'
import { textIn, treesIn } from './answer.ts'

/** Every Polaris has it from its first start. */
const FIRST = 'default'
/** Namespaces named in a hint. */
const NAMED = 8

/**
 * For a namespace in which nothing was found. Who may not list namespaces learns of those that hold services.
 * @throws RollcallError `usage` where there is none of that name
 */
export async function checkPlace({ api, namespace }: PolarisContext, signal?: AbortSignal): Promise<void> {
  if (namespace === '' || namespace === FIRST) return
  const holding = new Set((await servicesIn(api, '', signal)).map((service) => service.namespace))
  if (holding.has(namespace)) return
  const known = await listed({ api, namespace }, signal)
  if (known?.includes(namespace)) return
  const others = [...holding].toSorted().slice(0, NAMED)
  throw new RollcallError(
    'usage',
    known
      ? `polaris: there is no namespace "${namespace}"`
      : `polaris: no service lies in a namespace "${namespace}": it does not exist, or is empty`,
    {
      hint: `name another with ${option('namespace')}${others.length > 0 ? ` (${others.join(', ')} ${others.length === 1 ? 'has' : 'have'} services)` : ''}, or all with ${option('allNamespaces')}`,
    },
  )
}

/** Namespaces of that name, as the console knows them; undefined where it tells only others. */
async function listed(
  { api, namespace }: Pick<PolarisContext, 'api' | 'namespace'>,
  signal?: AbortSignal,
): Promise<string[] | undefined> {
  const path = `/naming/v1/namespaces?${new URLSearchParams({ name: namespace, offset: '0', limit: '100' }).toString()}`
  try {
    const { body } = await api.call({ method: 'GET', path, doing: 'list the namespaces', signal })
    return treesIn(body, 'namespaces').map((each) => textIn(each, 'name'))
  } catch (error) {
    if (isAccessDenied(error)) return undefined
    throw error
  }
}

/** Where Polaris registers itself. */
const OWN = 'Polaris'

/** The other namespaces that hold services, as far as they may be seen. */
export async function alternatives({ api, namespace }: PolarisContext, signal?: AbortSignal): Promise<Alternative[]> {
  if (namespace === '') return []
  try {
    const counts = new Map<string, number>()
    for (const { namespace: place } of await servicesIn(api, '', signal))
      if (place !== namespace && place !== OWN) counts.set(place, (counts.get(place) ?? 0) + 1)
    return [...counts].map(([place, count]) => ({ place, option: 'namespace', count, unit: 'service', more: false }))
  } catch (error) {
    if (isForbidden(error)) return []
    throw error
  }
}
