import { RollcallError } from '../../model/errors.ts'
import type { Api } from './api.ts'
import { type Resource, pathOf } from './object.ts'
import { type Tree, listIn, textIn, treeIn } from './object.ts'

const PAGE = 500

/** What of a resource is meant. */
export interface Selection {
  readonly resource: Resource
  /** Undefined: all. */
  readonly namespace: string | undefined
  readonly labelSelector: string
  readonly fieldSelector?: string | undefined
}

export interface ListPage {
  readonly items: readonly Tree[]
  /** Of all pages the same. */
  readonly revision: string
  readonly hasMore: boolean
}

/** One consistent picture by pages: as of a revision, where one is given. @throws RollcallError `history-lost` */
export async function* list(
  api: Api,
  { resource, namespace, labelSelector, fieldSelector }: Selection,
  { revision, signal }: { revision?: string | undefined; signal?: AbortSignal | undefined },
): AsyncGenerator<ListPage> {
  let next: string | undefined
  do {
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
    next = textIn(metadata['continue']) || undefined
    yield {
      items: listIn(answer['items']).map(treeIn),
      revision: textIn(metadata['resourceVersion']),
      hasMore: next !== undefined,
    }
  } while (next !== undefined)
}

/** Go writes an empty list as null where nobody made one. */
function isList(items: unknown): boolean {
  return Array.isArray(items) || items === null
}

function notAList({ server }: Api, resource: string): RollcallError {
  return new RollcallError('wrong-server', `kubernetes: ${server.url.host} answers with no list of ${resource}`)
}
