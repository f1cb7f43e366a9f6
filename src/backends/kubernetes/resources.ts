/** A kind of thing that the API server keeps. */
export interface Resource {
  readonly name: 'pods' | 'endpointslices'
  readonly kind: 'Pod' | 'EndpointSlice'
  readonly apiVersion: string
  /** The path before the namespace. */
  readonly root: string
  /** The label that makes one of them ours: with any value, or with one of some services. */
  readonly label: string
}

export const PODS: Resource = {
  name: 'pods',
  kind: 'Pod',
  apiVersion: 'v1',
  root: '/api/v1',
  label: 'kratos-service-app',
}

export const SLICES: Resource = {
  name: 'endpointslices',
  kind: 'EndpointSlice',
  apiVersion: 'discovery.k8s.io/v1',
  root: '/apis/discovery.k8s.io/v1',
  label: 'kubernetes.io/service-name',
}

/** Undefined: all namespaces. */
export function pathOf({ root, name }: Resource, namespace: string | undefined, object?: string): string {
  const where = namespace === undefined ? root : `${root}/namespaces/${encodeURIComponent(namespace)}`
  return `${where}/${name}${object === undefined ? '' : `/${encodeURIComponent(object)}`}`
}
