import { parseEndpoint } from '../../model/endpoint.ts'
import { RollcallError } from '../../model/errors.ts'
import { type InstanceInit, ServiceInstance } from '../../model/instance.ts'
import { advice, option } from '../../model/wording.ts'
import type { WriteOptions } from '../contract/backend.ts'
import { patchFor, patchTo } from './kratos-labels.ts'
import { type Pod, podIn } from './pod.ts'
import { endpointsOf, portsOf, readPod } from './read-pod.ts'
import { type PodRecord, podRecord } from './record.ts'

/**
 * The Pod as it will be, if it has the address and the ports of these endpoints. Pure. @throws RollcallError `usage` for
 * what labels cannot hold, for a TTL, and where no Pod or namespace is named
 */
export function encode(namespace: string | undefined, instance: InstanceInit, options: WriteOptions): PodRecord {
  refuseTtl(options)
  const name = options.settings?.pod
  if (name === undefined)
    throw new RollcallError('usage', 'on Kubernetes an instance is a Pod, and none is named', {
      hint: `name it with ${option('settings.pod')}; inside a Pod, ${advice('ownPod')} is that Pod`,
    })
  if (namespace === undefined)
    throw new RollcallError('usage', 'an instance is registered in one namespace, not in all of them', {
      hint: `name one with ${option('namespace')}`,
    })
  const endpoints = (instance.endpoints ?? []).map(parseEndpoint).filter((each) => each.is === 'endpoint')
  const ports = endpoints.map(({ port }) => ({ containerPort: port }))
  const status = { phase: 'Running', podIP: endpoints[0]?.host }
  const metadata = { name, namespace, ...patchFor(instance, options) }
  return podRecord({ metadata, spec: { containers: [{ ports }] }, status })
}

function refuseTtl({ ttl }: WriteOptions): void {
  if (ttl === undefined || ttl === null) return
  throw new RollcallError('usage', 'Kubernetes has no TTL: an instance lives as long as its Pod', {
    hint: `leave ${option('ttl')} out`,
  })
}

/** A Pod with the marks of another, and all else as it is. */
function withMarksOf(pod: Pod, wanted: Pod): Pod {
  const { labels, annotations } = patchTo(wanted)
  const { metadata } = pod
  return podIn({
    ...pod,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...labels },
      annotations: { ...metadata.annotations, ...annotations },
    },
  })
}

/** Whether a Pod already is the instance that it will be with the wanted marks, in traffic or not. */
export function saysTheSame(there: Pod, wanted: Pod): boolean {
  const [before, after] = [readPod(there), readPod(withMarksOf(there, wanted))]
  if (before.is !== 'instance' || after.is !== 'instance') return false
  const [a, b] = [before.instance, after.instance].map((instance) =>
    ServiceInstance.from({ ...instance, endpoints: instance.endpoints.map(lowerScheme) }),
  )
  return a !== undefined && b !== undefined && ServiceInstance.equal(a, b)
}

/**
 * Kratos' readers know only the ports that a Pod declares, at its address.
 * @throws RollcallError `usage` for an endpoint that they would not find, or find as another
 */
export function refuseLostEndpoints(there: Pod, wanted: Pod, endpoints: readonly string[]): void {
  const reading = readPod(withMarksOf(there, wanted))
  const held = new Set(reading.is === 'instance' ? reading.instance.endpoints.map(lowerScheme) : [])
  const { podIP } = there.status
  const lost = podIP === undefined ? undefined : endpoints.find((endpoint) => !held.has(lowerScheme(endpoint)))
  if (lost === undefined) return
  const { name, namespace } = there.metadata
  const ports = portsOf(there).map(({ containerPort }) => containerPort)
  const own = endpointsOf(there, {}).length === 0 ? 'it declares no ports' : `its ports are ${ports.join(', ')}`
  throw new RollcallError('usage', `the Pod ${namespace}/${name} cannot hold the endpoint ${lost}`, {
    hint: `its address is ${podIP}, and ${own}: Kratos' readers see only those, without path and query`,
  })
}

/** Go's URLs have their scheme in lower case, and Kratos shows a port that no annotation and no name gives one as `TCP`. */
function lowerScheme(endpoint: string): string {
  return endpoint.replace(/^[a-z][a-z\d+.-]*:/i, (scheme) => scheme.toLowerCase())
}
