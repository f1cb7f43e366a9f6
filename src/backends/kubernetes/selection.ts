import { RollcallError } from '../../model/errors.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { Scope } from '../contract/backend.ts'
import type { KubernetesApi } from './api.ts'
import { LABEL_VALUE } from './kratos-labels.ts'
import { type JsonTree, type Resource, listIn, pathOf, textIn, treeIn } from './object.ts'
import { placeIn } from './record.ts'
import { SLICES } from './slice.ts'

/** Objects that a list answers with at once. */
const PAGE = 500
/** With more names than these a request's URL would be too long: everything is read, and what was not asked for dropped. */
const MOST_NAMES = 50

/** The part of a cluster that a registry URL means. */
export interface ClusterView {
  readonly api: KubernetesApi
  /** Undefined: all. */
  readonly namespace: string | undefined
  readonly layout: LayoutName | 'auto'
}

/** What a list or a watch asks for. */
export interface ObjectSelection {
  readonly resource: Resource
  /** Undefined: all. */
  readonly namespace: string | undefined
  readonly labelSelector: string
  readonly fieldSelector?: string | undefined
}

/** What a scope means in requests; undefined where nothing of a resource can be in it. It may select more than the scope. */
export function selectionOf(view: ClusterView, resource: Resource, scope: Scope): ObjectSelection | undefined {
  if (resource === SLICES && view.layout === 'kratos') return undefined
  const { rawKey, services } = scope
  if (rawKey !== undefined) {
    const place = placeIn(rawKey)
    if (place?.resource !== resource || (view.namespace ?? place.namespace) !== place.namespace) return undefined
    const fieldSelector = `metadata.name=${place.name}`
    return { resource, namespace: place.namespace, labelSelector: resource.label, fieldSelector }
  }
  const { namespace } = view
  // No label can hold another name, so there is no such service.
  const names = [...new Set(services)].filter((name) => LABEL_VALUE.test(name))
  if (services === undefined || names.length > MOST_NAMES) return { resource, namespace, labelSelector: resource.label }
  // Also without a value: the service of a Pod that is out of traffic is in its annotation.
  return { resource, namespace, labelSelector: `${resource.label} in (${[...names, ''].join(',')})` }
}

/** Whether a record is in the scope. */
export function isInScope({ rawKey, services }: Scope): (record: { id: string; service: string }) => boolean {
  if (rawKey !== undefined) return ({ id }) => id === rawKey
  if (services === undefined) return () => true
  const names = new Set(services)
  return ({ service }) => names.has(service)
}

export interface ListPage {
  readonly items: readonly JsonTree[]
  /** The same for all pages of a list. */
  readonly revision: string
  /** What the server continues the list by; undefined after the last page. */
  readonly next: string | undefined
}

interface PageOptions {
  /** As of which the first page is; the others are as of the same. */
  readonly revision?: string | undefined
  /** Of the page before. */
  readonly next?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * A consistent list by pages, as of a revision where one is given. The next page is requested while the caller works on this one.
 * @throws RollcallError `history-lost`
 */
export async function* list(
  api: KubernetesApi,
  selection: ObjectSelection,
  { revision, signal }: Omit<PageOptions, 'next'>,
): AsyncGenerator<ListPage> {
  const ask = (next?: string): Promise<ListPage> => {
    const asked = readPage(api, selection, { revision, next, signal })
    asked.catch(() => {}) // the caller may stop before it is awaited
    return asked
  }
  let asked: Promise<ListPage> | undefined = ask()
  while (asked) {
    const page: ListPage = await asked
    asked = page.next === undefined ? undefined : ask(page.next)
    yield page
  }
}

/** One page of a list. @throws RollcallError `history-lost` */
export async function readPage(
  api: KubernetesApi,
  { resource, namespace, labelSelector, fieldSelector }: ObjectSelection,
  { revision, next, signal }: PageOptions,
): Promise<ListPage> {
  const exact = next === undefined && revision !== undefined
  const answer = await api.ask({
    path: pathOf(resource, namespace),
    query: {
      labelSelector,
      fieldSelector,
      limit: String(PAGE),
      continue: next,
      ...(exact ? { resourceVersion: revision, resourceVersionMatch: 'Exact' } : {}),
    },
    doing: { verb: 'list', resource: resource.name, namespace },
    signal,
  })
  if (!answer || !isList(answer['items'])) throw notAList(api, resource.name)
  const metadata = treeIn(answer['metadata'])
  return {
    items: listIn(answer['items']).map(treeIn),
    revision: textIn(metadata['resourceVersion']),
    next: textIn(metadata['continue']) || undefined,
  }
}

/** Go can write an empty list as null. */
function isList(items: unknown): boolean {
  return Array.isArray(items) || items === null
}

function notAList({ server }: KubernetesApi, resource: string): RollcallError {
  return new RollcallError('wrong-server', `kubernetes: ${server.url.host} does not answer with a list of ${resource}`)
}
