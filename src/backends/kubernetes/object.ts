/** A JSON or YAML object of which nothing is known yet. */
export type Tree = Readonly<Record<string, unknown>>

export function treeIn(value: unknown): Tree {
  return isTree(value) ? value : {}
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Empty where there is no text. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Of these members, those that are text and not empty. */
export function givenIn<Name extends string>(tree: Tree, ...names: readonly Name[]): { readonly [N in Name]?: string } {
  const given = names.flatMap((name) => (textIn(tree[name]) === '' ? [] : [[name, textIn(tree[name])] as const]))
  return Object.fromEntries(given) as { readonly [N in Name]?: string }
}

/** The members that are text. */
export function textsIn(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(treeIn(value)).filter((pair): pair is [string, string] => isText(pair[1])))
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

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
