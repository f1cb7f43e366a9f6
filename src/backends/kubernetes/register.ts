import { parseEndpoint } from '../../model/endpoint.ts'
import { RollcallError } from '../../model/errors.ts'
import { type InstanceInit, ServiceInstance } from '../../model/instance.ts'
import type { RawRecord } from '../../model/record.ts'
import type { EncodeOptions, Registration, WriteOptions } from '../contract/backend.ts'
import { type Marks, CLEARED, marksFor, markOf } from './kratos-labels.ts'
import { type Pod, podIn } from './pod.ts'
import { endpointsOf, isFinished, portsOf, readPod } from './read-pod.ts'
import { podOf, podRecord } from './record.ts'
import { PodRegistration } from './registration.ts'
import { type View, look } from './view.ts'
import { mark, readPodAt } from './write.ts'

/** How often another may come between reading and writing: a Pod's status is written by its node all the time. */
const ATTEMPTS = 64

/** Where to register, and what. */
interface Wanted {
  readonly instance: InstanceInit
  readonly namespace: string
  readonly pod: string
  readonly marks: Marks
}

/** The Pod as it will be, if it has the address and the ports of these endpoints. */
export function encode(view: View, instance: InstanceInit, options: EncodeOptions): RawRecord[] {
  const { namespace, pod, marks } = wantedOf(view, instance, options)
  const endpoints = (instance.endpoints ?? []).map(parseEndpoint).filter((each) => each.is === 'endpoint')
  const ports = endpoints.map(({ port }) => ({ containerPort: port }))
  const status = { phase: 'Running', podIP: endpoints[0]?.host }
  return [podRecord(podIn({ metadata: { name: pod, namespace, ...marks }, spec: { containers: [{ ports }] }, status }))]
}

/** Marks a Pod as an instance. @throws RollcallError `conflict`, `not-found` where there is no such Pod, `usage` */
export async function register(view: View, instance: InstanceInit, options: WriteOptions): Promise<Registration> {
  refuseTtl(options)
  const wanted = wantedOf(view, instance, options)
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const registration = await settle(view, wanted, options)
    if (registration) return registration
  }
  throw new RollcallError('conflict', `the Pod ${wanted.pod} changes faster than it can be marked`)
}

function wantedOf({ namespace }: View, instance: InstanceInit, options: EncodeOptions): Wanted {
  const pod = options.settings?.pod
  if (pod === undefined)
    throw new RollcallError('usage', 'on Kubernetes an instance is a Pod, and none is named', {
      hint: 'name it with --pod; in a Pod, --pod "$HOSTNAME" is the one we are in',
    })
  if (namespace === undefined)
    throw new RollcallError('usage', 'one cannot register in all namespaces', { hint: 'name one with -n' })
  return { instance, namespace, pod, marks: marksFor(instance, options) }
}

function refuseTtl({ ttl }: WriteOptions): void {
  if (ttl === undefined || ttl === null) return
  throw new RollcallError('usage', 'Kubernetes has no TTL: an instance lives as long as its Pod', {
    hint: 'leave --ttl out',
  })
}

/** Undefined: the Pod has changed meanwhile, and nothing was written. */
async function settle(
  view: View,
  wanted: Wanted,
  { replace, signal }: WriteOptions,
): Promise<Registration | undefined> {
  const { namespace, pod: name, marks, instance } = wanted
  const pod = await readPodAt(view.api, namespace, name, signal)
  if (!pod) throw noSuchPod(view, wanted)
  const marked = afterwards(pod, marks)
  checkEndpoints(marked, instance)
  const others = await othersNamed(view, wanted, signal)
  const taken = [...(isMarkedOtherwise(pod, marked) ? [pod] : []), ...others]
  if (taken.length === 0 && says(pod, marked)) return new PodRegistration(view.api, 'unchanged', pod)
  if (taken.length > 0 && !replace) throw conflict(wanted, taken)
  // Ours first: what is refused then has unmarked no other.
  const done = says(pod, marked) ? pod : await mark(view.api, pod, marks, signal)
  if (done === 'absent') throw noSuchPod(view, wanted)
  if (done === 'changed') return undefined
  for (const other of others) if ((await mark(view.api, other, CLEARED, signal)) === 'changed') return undefined
  return new PodRegistration(view.api, taken.length > 0 ? 'replaced' : 'created', done)
}

/** The Pod as it will be. */
function afterwards(pod: Pod, { labels, annotations }: Marks): Pod {
  return podIn({
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata.labels, ...labels },
      annotations: { ...pod.metadata.annotations, ...annotations },
    },
  })
}

/** Whether it is an instance already, alive, and another than it is to be. */
function isMarkedOtherwise(pod: Pod, marked: Pod): boolean {
  return markOf(pod).service !== '' && !isFinished(pod) && !says(pod, marked)
}

/** Whether two Pods say the same instance, in traffic. */
function says(a: Pod, b: Pod): boolean {
  const [left, right] = [readPod(a), readPod(b)]
  if (left.is !== 'instance' || right.is !== 'instance' || markOf(a).offline) return false
  return ServiceInstance.equal(left.instance, right.instance)
}

/** Kratos loses what a Pod does not declare, and has no place for hosts: refused, instead of being read back otherwise. */
function checkEndpoints(marked: Pod, { endpoints }: InstanceInit): void {
  const reading = readPod(marked)
  const held = new Set(reading.is === 'instance' ? reading.instance.endpoints : [])
  const { name, namespace } = marked.metadata
  const lost = marked.status.podIP === undefined ? undefined : endpoints?.find((endpoint) => !held.has(endpoint))
  if (lost === undefined) return
  const ports = portsOf(marked).map(({ containerPort }) => containerPort)
  const own = endpointsOf(marked, {}).length === 0 ? 'it declares no ports' : `its ports are ${ports.join(', ')}`
  throw new RollcallError('usage', `the Pod ${namespace}/${name} cannot hold the endpoint ${lost}`, {
    hint: `its address is ${marked.status.podIP}, and ${own}: Kratos' readers see those alone, without path and query`,
  })
}

/** Other Pods that live under that name and id. */
async function othersNamed(view: View, { instance, namespace, pod }: Wanted, signal?: AbortSignal): Promise<Pod[]> {
  const pods = { ...view, namespace, layout: 'kratos' } as const
  const { holdings } = await look(pods, { services: [instance.name] }, { signal })
  return holdings
    .records()
    .flatMap((record) => podOf(record) ?? [])
    .filter((each) => each.metadata.name !== pod && !isFinished(each))
    .filter((each) => markOf(each).service === instance.name && markOf(each).id === instance.id)
}

function noSuchPod({ api }: View, { namespace, pod }: Wanted): RollcallError {
  return new RollcallError('not-found', `kubernetes: ${api.server.url.host} has no Pod ${namespace}/${pod}`, {
    hint: 'an instance is a Pod that is there already; kubectl get pods lists them',
  })
}

function conflict({ instance, namespace }: Wanted, taken: readonly Pod[]): RollcallError {
  const pods = taken.map((pod) => {
    const { service, id } = markOf(pod)
    return `${namespace}/pods/${pod.metadata.name} (${service}/${id})`
  })
  return new RollcallError(
    'conflict',
    `${instance.name}/${instance.id} is registered otherwise already: ${pods.join(', ')}`,
    {
      hint: 'give this one another id or Pod, or take its place with --replace',
    },
  )
}
