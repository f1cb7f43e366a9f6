import { hasTextsOnly } from '../../model/texts.ts'

/** A JSON or YAML object of which nothing is known yet. */
export type JsonTree = Readonly<Record<string, unknown>>

/** Empty where there is no object. */
export function treeIn(value: unknown): JsonTree {
  return isTree(value) ? value : {}
}

export function isTree(value: unknown): value is JsonTree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Empty where there is no text. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Empty where there is no list. */
export function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Of these members, those that are text and not empty. */
export function givenIn<Name extends string>(
  tree: JsonTree,
  ...names: readonly Name[]
): { readonly [N in Name]?: string } {
  const given: { [N in Name]?: string } = {}
  for (const name of names) {
    const value = tree[name]
    if (isText(value) && value !== '') given[name] = value
  }
  return given
}

/** The members that are text. */
export function textsIn(value: unknown): Readonly<Record<string, string>> {
  if (isTree(value) && hasTextsOnly(value)) return { ...value }
  return Object.fromEntries(Object.entries(treeIn(value)).filter((pair): pair is [string, string] => isText(pair[1])))
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** A kind of thing that the API server keeps. */
export interface Resource {
  readonly name: 'pods' | 'endpointslices'
  readonly kind: 'Pod' | 'EndpointSlice'
  readonly apiVersion: string
  /** The path before the namespace. */
  readonly root: string
  /** The label by which objects are selected: with any value, or with the name of a service. */
  readonly label: string
}

/** The path of an object, or of a list of them. Without a namespace: of those in all namespaces. */
export function pathOf({ root, name }: Resource, namespace: string | undefined, object?: string): string {
  const where = namespace === undefined ? root : `${root}/namespaces/${encodeURIComponent(namespace)}`
  return `${where}/${name}${object === undefined ? '' : `/${encodeURIComponent(object)}`}`
}

/** What every object's metadata has; empty texts where something is missing. */
export function namesIn(metadata: JsonTree) {
  return {
    name: textIn(metadata['name']),
    namespace: textIn(metadata['namespace']),
    uid: textIn(metadata['uid']),
    creationTimestamp: textIn(metadata['creationTimestamp']),
  }
}

/** The revision that an object was read with; empty where it has none. */
export function revisionIn(object: unknown): string {
  return textIn(treeIn(treeIn(object)['metadata'])['resourceVersion'])
}
