import { expect } from 'vitest'
import { eventually } from '../../eventually.ts'
import type { KubernetesServer } from './start.ts'

export interface PodSpec {
  readonly name: string
  readonly ip?: string
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  readonly ready?: boolean
  /** Numbers, or `name:number`. */
  readonly ports?: readonly (number | string)[]
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

const MERGE = 'application/merge-patch+json'

/** A namespace of its own for a test. */
export async function newNamespace(server: KubernetesServer): Promise<string> {
  const made = await server.done('POST', '/api/v1/namespaces', { metadata: { generateName: 'test-' } })
  return (made['metadata'] as { name: string }).name
}

/** A Pod as a node would report it: running and ready, unless said otherwise. */
export async function createPod(server: KubernetesServer, namespace: string, pod: PodSpec): Promise<void> {
  const { name, labels, annotations, ports = [] } = pod
  const container = { name: 'app', image: 'app', ports: ports.map(portOf) }
  const body = { metadata: { name, labels, annotations }, spec: { containers: [container] } }
  await server.done('POST', `/api/v1/namespaces/${namespace}/pods`, body)
  await setPodStatus(server, namespace, pod)
}

export async function setPodStatus(server: KubernetesServer, namespace: string, pod: PodSpec): Promise<void> {
  const { name, ip = '10.0.0.1', phase = 'Running', ready = phase === 'Running' } = pod
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }]
  const status = { phase, podIP: ip, podIPs: [{ ip }], startTime: '2026-11-21T10:00:00Z', conditions }
  await server.done('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, { status }, MERGE)
}

/** As `kubectl patch` does. */
export async function patchPod(
  server: KubernetesServer,
  namespace: string,
  name: string,
  metadata: object,
): Promise<void> {
  await server.done('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}`, { metadata }, MERGE)
}

export async function deletePod(server: KubernetesServer, namespace: string, name: string): Promise<void> {
  await server.done('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=0`)
}

/** Labels and annotations as they lie there. */
export async function marksOn(server: KubernetesServer, namespace: string, name: string): Promise<object> {
  const { metadata } = await server.done('GET', `/api/v1/namespaces/${namespace}/pods/${name}`)
  const { labels = {}, annotations = {} } = metadata as { labels?: object; annotations?: object }
  return { labels, annotations }
}

export interface SliceSpec {
  readonly name: string
  readonly service: string
  readonly labels?: Readonly<Record<string, string>>
  readonly family?: 'IPv4' | 'IPv6'
  readonly ports: readonly { name?: string; port: number; appProtocol?: string }[]
  readonly endpoints: readonly {
    ip: string
    pod?: string
    ready?: boolean
    terminating?: boolean
  }[]
}

const SLICES = (namespace: string) => `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`

/** What the controller of EndpointSlices would write. */
export async function createSlice(server: KubernetesServer, namespace: string, slice: SliceSpec): Promise<void> {
  await server.done('POST', SLICES(namespace), sliceBody(slice))
}

export async function replaceEndpoints(server: KubernetesServer, namespace: string, slice: SliceSpec): Promise<void> {
  const { endpoints } = sliceBody(slice)
  await server.done('PATCH', `${SLICES(namespace)}/${slice.name}`, { endpoints }, MERGE)
}

function sliceBody({ name, service, labels = {}, family = 'IPv4', ports, endpoints }: SliceSpec) {
  return {
    metadata: { name, labels: { 'kubernetes.io/service-name': service, ...labels } },
    addressType: family,
    ports: ports.map((port) => ({ protocol: 'TCP', ...port })),
    endpoints: endpoints.map(({ ip, pod, ready = true, terminating = false }) => ({
      addresses: [ip],
      conditions: { ready, serving: ready, terminating },
      ...(pod === undefined ? {} : { targetRef: { kind: 'Pod', name: pod } }),
    })),
  }
}

export interface Grant {
  readonly namespace?: string
  readonly verbs: readonly string[]
  readonly resource: string
  readonly group?: string
  /** The one object that is meant; all of them where it is left out. */
  readonly name?: string
}

const RBAC = 'rbac.authorization.k8s.io'

/** Lets a user do these verbs on a resource, in one namespace or in all, from when it returns on. */
export async function grant(server: KubernetesServer, user: string, granted: Grant): Promise<void> {
  const { namespace, verbs, resource, group = '', name } = granted
  const where = namespace === undefined ? '' : `/namespaces/${namespace}`
  const kind = namespace === undefined ? 'ClusterRole' : 'Role'
  const roles = `/apis/${RBAC}/v1${where}/${kind.toLowerCase()}s`
  const metadata = { generateName: `${user}-` }
  const named = name === undefined ? {} : { resourceNames: [name] }
  const rules = [{ apiGroups: [group], resources: [resource], verbs, ...named }]
  const role = await server.done('POST', roles, { metadata, rules })
  await server.done('POST', roles.replace(/s$/, 'bindings'), {
    metadata,
    roleRef: { apiGroup: RBAC, kind, name: (role['metadata'] as { name: string }).name },
    subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
  })
  await eventually(() => expectGranted(server, user, granted))
}

/** The server judges by what it has seen of its own roles, which may be a moment old. */
async function expectGranted(
  server: KubernetesServer,
  user: string,
  { namespace, verbs, resource, group, name }: Grant,
) {
  for (const verb of verbs) {
    const spec = { user, resourceAttributes: { namespace, verb, resource, group, name } }
    const review = await server.done('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec })
    expect(review['status'], `${user} may ${verb} ${resource}`).toMatchObject({ allowed: true })
  }
}

function portOf(port: number | string) {
  const [name = '', number = ''] = typeof port === 'number' ? ['', String(port)] : port.split(':')
  return { containerPort: Number(number), ...(name === '' ? {} : { name }) }
}
