import { type Tree, givenIn, listIn, textIn, textsIn, treeIn } from './object.ts'

/**
 * Where Kratos keeps an instance in a Pod, and where we keep the service of one that is out of traffic.
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

/** A Pod as the API has it, cut down to what is read here: what lies in a cluster is held by the thousand. */
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
  readonly resourceVersion: string
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly labels: Readonly<Record<string, string>>
  /** Kratos' and ours alone. */
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

/** Whatever it is, as far as it is a Pod. Never throws. */
export function podIn(object: unknown): Pod {
  const pod = treeIn(object)
  const [metadata, spec, status] = [treeIn(pod['metadata']), treeIn(pod['spec']), treeIn(pod['status'])]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...namesIn(metadata),
      ...givenIn(metadata, 'deletionTimestamp'),
      labels: textsIn(metadata['labels']),
      annotations: ours(textsIn(metadata['annotations'])),
      ownerReferences: listIn(metadata['ownerReferences']).map((owner) => ({
        kind: textIn(treeIn(owner)['kind']),
        name: textIn(treeIn(owner)['name']),
      })),
    },
    spec: {
      ...givenIn(spec, 'nodeName'),
      containers: listIn(spec['containers']).map((container) => containerIn(treeIn(container))),
    },
    status: {
      phase: textIn(status['phase']),
      ...givenIn(status, 'podIP', 'startTime'),
      conditions: listIn(status['conditions'])
        .map(treeIn)
        .filter(({ type }) => type === 'Ready')
        .map((condition) => ({ type: 'Ready', status: textIn(condition['status']) })),
    },
  }
}

/** What every object's metadata has. */
export function namesIn(metadata: Tree) {
  return {
    name: textIn(metadata['name']),
    namespace: textIn(metadata['namespace']),
    uid: textIn(metadata['uid']),
    resourceVersion: textIn(metadata['resourceVersion']),
    creationTimestamp: textIn(metadata['creationTimestamp']),
  }
}

export function portIn(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function ours(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const names: readonly string[] = Object.values(ANNOTATIONS)
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => names.includes(name)))
}

function containerIn(container: Tree): Container {
  return {
    name: textIn(container['name']),
    ports: listIn(container['ports']).map((port) => containerPortIn(treeIn(port))),
  }
}

function containerPortIn(port: Tree): ContainerPort {
  return {
    ...givenIn(port, 'name'),
    containerPort: portIn(port['containerPort']),
    protocol: textIn(port['protocol']) || 'TCP',
  }
}
