import { KNOWN_SCHEMES } from '../../model/endpoint.ts'
import type { Observed } from '../../model/observed.ts'
import type { Reading } from '../../model/reading.ts'
import { type JsonTree, type Resource, listIn, namesIn, revisionIn, textIn, textsIn, treeIn } from './object.ts'
import { portIn } from './pod.ts'

/** Names the Service of an EndpointSlice. */
export const SERVICE_LABEL = 'kubernetes.io/service-name'
const VERSION_LABEL = 'app.kubernetes.io/version'

export const SLICES: Resource = {
  name: 'endpointslices',
  kind: 'EndpointSlice',
  apiVersion: 'discovery.k8s.io/v1',
  root: '/apis/discovery.k8s.io/v1',
  label: SERVICE_LABEL,
}

/** An EndpointSlice as the API has it, cut down to what is read here. Source: discovery.k8s.io/v1. */
export interface Slice {
  readonly apiVersion: 'discovery.k8s.io/v1'
  readonly kind: 'EndpointSlice'
  readonly metadata: ReturnType<typeof namesIn> & {
    readonly resourceVersion: string
    readonly labels: Readonly<Record<string, string>>
  }
  readonly ports: readonly SlicePort[]
  /** In the body of a record: that one endpoint. */
  readonly endpoints: readonly SliceEndpoint[]
}

export interface SlicePort {
  readonly name: string
  /** 0: all ports. */
  readonly port: number
  readonly protocol: string
  readonly appProtocol: string
}

export interface SliceEndpoint {
  readonly addresses: readonly string[]
  readonly conditions: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean }
  readonly nodeName: string
  /** Empty where no Pod stands behind it. */
  readonly pod: string
  readonly targetRef?: { readonly kind: string; readonly name: string }
}

/** What of an EndpointSlice a value has; empty texts and lists for what it has not. Never throws. */
export function sliceIn(object: unknown): Slice {
  const slice = treeIn(object)
  const metadata = treeIn(slice['metadata'])
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...namesIn(metadata), resourceVersion: revisionIn(slice), labels: textsIn(metadata['labels']) },
    ports: listIn(slice['ports']).map(treeIn).map(slicePortIn),
    endpoints: listIn(slice['endpoints']).map(treeIn).map(endpointIn),
  }
}

function slicePortIn(port: JsonTree): SlicePort {
  return {
    name: textIn(port['name']),
    port: portIn(port['port']),
    protocol: textIn(port['protocol']) || 'TCP',
    appProtocol: textIn(port['appProtocol']),
  }
}

function endpointIn(endpoint: JsonTree): SliceEndpoint {
  const conditions = treeIn(endpoint['conditions'])
  const target = treeIn(endpoint['targetRef'])
  const flags = ['ready', 'serving', 'terminating'].filter((name) => typeof conditions[name] === 'boolean')
  const [kind, name] = [textIn(target['kind']), textIn(target['name'])]
  return {
    addresses: listIn(endpoint['addresses']).map(textIn),
    conditions: Object.fromEntries(flags.map((flag) => [flag, conditions[flag]])),
    nodeName: textIn(endpoint['nodeName']),
    pod: kind === 'Pod' ? name : '',
    ...(name === '' ? {} : { targetRef: { kind, name } }),
  }
}

/**
 * The instance that the first endpoint of a slice is, or a part of it: a Pod with IPv4 and IPv6 addresses is in two slices.
 * Never throws.
 */
export function readSlice({ metadata, ports, endpoints: [endpoint] }: Slice): Reading {
  const name = metadata.labels[SERVICE_LABEL] ?? ''
  const address = endpoint?.addresses[0] ?? ''
  if (!endpoint || name === '' || address === '') return { is: 'structure' }
  const id = endpoint.targetRef?.name ?? address
  const host = address.includes(':') ? `[${address}]` : address
  return {
    is: 'instance',
    instance: {
      id,
      name,
      version: metadata.labels[VERSION_LABEL] ?? '',
      metadata: metadataOf(metadata.labels),
      endpoints: ports.filter(({ port }) => port > 0).map((port) => `${schemeOf(port)}://${host}:${port.port}`),
    },
    observed: {
      ...healthOf(endpoint),
      place: { namespace: metadata.namespace, ...(endpoint.nodeName === '' ? {} : { node: endpoint.nodeName }) },
      layout: 'service',
    },
    groupKey: `${metadata.namespace}/${id}`,
  }
}

/** The labels of the Service, which its slices have too, without those that Kubernetes itself adds. */
function metadataOf(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !/(^|\.|\/)kubernetes\.io\//.test(name)))
}

const APP_PROTOCOLS: Readonly<Record<string, string>> = {
  'kubernetes.io/h2c': 'http',
  'kubernetes.io/ws': 'ws',
  'kubernetes.io/wss': 'wss',
}

function schemeOf({ name, protocol, appProtocol }: SlicePort): string {
  const words = [APP_PROTOCOLS[appProtocol] ?? appProtocol, name.split('-', 1)[0] ?? '']
  return words.map((word) => word.toLowerCase()).find((word) => KNOWN_SCHEMES.has(word)) ?? protocol.toLowerCase()
}

/** An endpoint without a condition counts as ready. Source: discovery.k8s.io/v1. */
function healthOf({
  conditions: { ready = true, terminating = false },
}: SliceEndpoint): Pick<Observed, 'status' | 'reason'> {
  if (terminating) return { status: 'stopping', reason: 'its Pod is being deleted' }
  return ready ? { status: 'up' } : { status: 'unhealthy', reason: 'not ready' }
}
