import { withoutBrackets } from '../../model/address.ts'
import { type DetectedLayout, detectLayout, isAskedFor } from './layout.ts'
import type { PolarisApi, PolarisContext } from './api.ts'
import { type PolarisRecord, readRecordOf } from './record.ts'
import { type Answer, Code, type Tree, textIn, treeIn, treesIn } from './answer.ts'
import { type PolarisInstance, instanceIn } from './instance.ts'

export interface ServiceName {
  readonly namespace: string
  /** As Polaris has it. */
  readonly service: string
}

/** An instance, and its own revision. */
export interface Discovered {
  readonly instance: PolarisInstance
  readonly revision: string
}

/** The services of a namespace, those without instances and aliases too; of all namespaces where it is empty. */
export async function servicesIn(api: PolarisApi, namespace: string, signal?: AbortSignal): Promise<ServiceName[]> {
  const doing = `read the services ${namespace ? `of namespace ${namespace}` : 'of all namespaces'}`
  const { body } = await discover(api, 'SERVICES', { namespace }, doing, signal)
  return treesIn(body, 'services').map((each) => ({
    namespace: textIn(each, 'namespace'),
    service: textIn(each, 'name'),
  }))
}

/** All instances of a service, whatever their health. An alias has none: they are the other service's. */
export async function instancesOf(
  api: PolarisApi,
  { namespace, service }: ServiceName,
  signal?: AbortSignal,
): Promise<Discovered[]> {
  const doing = `read the service ${namespace}/${service}`
  const { code, body } = await discover(api, 'INSTANCE', { namespace, name: service }, doing, signal)
  if (code === Code.notFound || isAlias(body)) return []
  return treesIn(body, 'instances').flatMap((each) => {
    const instance = instanceIn(each)
    return instance ? [{ instance, revision: textIn(each, 'revision') }] : []
  })
}

function discover(
  api: PolarisApi,
  type: 'SERVICES' | 'INSTANCE',
  service: object,
  doing: string,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const body = { type, service }
  return api.call({ method: 'POST', path: '/v1/Discover', body, doing, accepts: [Code.notFound], signal })
}

function isAlias(body: Tree): boolean {
  const [asked, source] = [treeIn(body, 'service'), treeIn(body, 'aliasFor')]
  return textIn(asked, 'name') !== textIn(source, 'name') || textIn(asked, 'namespace') !== textIn(source, 'namespace')
}

/** The records of some services that were read together, in the order of their ids. */
export async function readGroup(
  polaris: PolarisContext,
  services: readonly ServiceName[],
  signal?: AbortSignal,
): Promise<PolarisRecord[]> {
  const found: Discovered[] = []
  for (const service of services) found.push(...(await instancesOf(polaris.api, service, signal)))
  const asked = found
    .map(({ instance, revision }) => ({ instance, revision, detected: detectLayout(instance) }))
    .filter(({ detected }) => isAskedFor(detected, polaris.layout))
  const crowded = crowdedHosts(asked)
  return asked
    .map((each) => {
      const { instance, revision, detected } = each
      const shared = crowded.size > 0 && crowded.has(hostOf(each))
      return readRecordOf(detected.name, { instance, shared }, revision)
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

interface Detected {
  readonly instance: PolarisInstance
  readonly detected: DetectedLayout
}

/**
 * Where a scheme occurs twice at one host. Kratos' first module keeps no id, so endpoints of one host are taken for one
 * instance, as long as that can be.
 */
function crowdedHosts(found: readonly Detected[]): ReadonlySet<string> {
  const seen = new Set<string>()
  const crowded = new Set<string>()
  for (const each of found) {
    const { layout, scheme, mark } = each.detected
    if (layout !== 'kratos-scheme' || mark !== undefined) continue
    const host = hostOf(each)
    const place = `${host} ${scheme}`
    if (seen.has(place)) crowded.add(host)
    seen.add(place)
  }
  return crowded
}

function hostOf({ instance, detected }: Detected): string {
  return JSON.stringify([instance.namespace, detected.name, withoutBrackets(instance.host)])
}
