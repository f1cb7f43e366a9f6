import { type JsonTree, type Resource, givenIn, isText, listIn, namesIn, textIn, textsIn, treeIn } from './object.ts'

/**
 * Where Kratos keeps an instance in a Pod, and where rollcall keeps the service of one that is out of traffic.
 * Source: go-kratos/kratos, contrib/registry/kubernetes.
 */
export const LABELS = {
  service: 'kratos-service-app',
  id: 'kratos-service-id',
  version: 'kratos-service-version',
} as const
export const ANNOTATIONS = {
  metadata: 'kratos-service-metadata',
  protocols: 'kratos-service-protocols',
  offline: 'rollcall/offline',
} as const

export const PODS: Resource = {
  name: 'pods',
  kind: 'Pod',
  apiVersion: 'v1',
  root: '/api/v1',
  label: LABELS.service,
}

/** A Pod as the API has it, without its revision, cut down to what is read here: a cluster has thousands of them. */
export interface Pod {
  readonly apiVersion: 'v1'
  readonly kind: 'Pod'
  readonly metadata: PodMetadata
  readonly spec: { readonly nodeName?: string; readonly containers: readonly Container[] }
  readonly status: PodStatus
}

export interface PodMetadata {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly labels: Readonly<Record<string, string>>
  /** Only those in `ANNOTATIONS`. */
  readonly annotations: Readonly<Record<string, string>>
  readonly ownerReferences: readonly { readonly kind: string; readonly name: string }[]
}

export interface Container {
  readonly name: string
  readonly ports: readonly ContainerPort[]
}

export interface ContainerPort {
  readonly name?: string
  readonly containerPort: number
  readonly protocol: string
}

export interface PodStatus {
  readonly phase: string
  readonly podIP?: string
  readonly startTime?: string
  readonly conditions: readonly { readonly type: string; readonly status: string }[]
}

/** Cut down: told apart from any other object, so that no Pod of a list is cut down twice. */
class CutPod implements Pod {
  readonly apiVersion = 'v1'
  readonly kind = 'Pod'
  readonly metadata: PodMetadata
  readonly spec: Pod['spec']
  readonly status: PodStatus

  constructor(pod: JsonTree) {
    this.metadata = metadataIn(treeIn(pod['metadata']))
    const spec = treeIn(pod['spec'])
    this.spec = {
      ...givenIn(spec, 'nodeName'),
      containers: listIn(spec['containers']).map((container) => containerIn(treeIn(container))),
    }
    this.status = statusIn(treeIn(pod['status']))
  }
}

/** What of a Pod a value has; empty texts and lists for what it has not. Never throws. */
export function podIn(object: unknown): Pod {
  return object instanceof CutPod ? object : new CutPod(treeIn(object))
}

function metadataIn(metadata: JsonTree): PodMetadata {
  return {
    ...namesIn(metadata),
    ...givenIn(metadata, 'deletionTimestamp'),
    labels: textsIn(metadata['labels']),
    annotations: knownIn(treeIn(metadata['annotations'])),
    ownerReferences: listIn(metadata['ownerReferences']).map((owner) => ({
      kind: textIn(treeIn(owner)['kind']),
      name: textIn(treeIn(owner)['name']),
    })),
  }
}

function statusIn(status: JsonTree): PodStatus {
  return {
    phase: textIn(status['phase']),
    ...givenIn(status, 'podIP', 'startTime'),
    conditions: listIn(status['conditions'])
      .map(treeIn)
      .filter(({ type }) => type === 'Ready')
      .map((condition) => ({ type: 'Ready', status: textIn(condition['status']) })),
  }
}

/** 0 where there is no number. */
export function portIn(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

const KNOWN: ReadonlySet<string> = new Set(Object.values(ANNOTATIONS))

function knownIn(annotations: JsonTree): Record<string, string> {
  const known: Record<string, string> = {}
  for (const [name, value] of Object.entries(annotations)) if (KNOWN.has(name) && isText(value)) known[name] = value
  return known
}

function containerIn(container: JsonTree): Container {
  return {
    name: textIn(container['name']),
    ports: listIn(container['ports']).map((port) => containerPortIn(treeIn(port))),
  }
}

function containerPortIn(port: JsonTree): ContainerPort {
  return {
    ...givenIn(port, 'name'),
    containerPort: portIn(port['containerPort']),
    protocol: textIn(port['protocol']) || 'TCP',
  }
}
