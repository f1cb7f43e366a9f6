import { RollcallError, isForbidden } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import { advice } from '../../model/wording.ts'
import type { Page, ScanOptions, Scope } from '../contract/backend.ts'
import { isGone } from './errors.ts'
import { checkNamespace } from './namespaces.ts'
import { type JsonTree, type Resource } from './object.ts'
import { PodIndex } from './pod-index.ts'
import { PODS } from './pod.ts'
import { type ClusterView, type ListPage, isInScope, list, selectionOf } from './selection.ts'
import { SLICES, sliceIn } from './slice.ts'

/** Records in a page. */
const PAGE = 250

/** The Pods and EndpointSlices in a scope, each kind as of one moment. */
export interface ClusterSnapshot {
  readonly index: PodIndex
  readonly revision: ClusterRevision
  /** What there is no permission to read, as one sentence. */
  readonly unreadable?: string
}

export interface SnapshotOptions {
  readonly signal?: AbortSignal | undefined
  readonly structure?: boolean | undefined
  /** As of this revision. Left out: now. */
  readonly asOf?: string | undefined
}

/** The server orders by namespace and name, so everything is read, reduced, before the first page of a service. */
export async function* scan(view: ClusterView, scope: Scope, options: ScanOptions = {}): AsyncGenerator<Page> {
  const { signal, structure, revision: asOf } = options
  const { index, revision, unreadable } = await readBack(view, scope, { signal, structure, asOf })
  const records = index.records().filter(isInScope(scope))
  if (records.length === 0) await checkNamespace(view, signal)
  const facts = { revision: formatRevision(revision), ...(unreadable === undefined ? {} : { unreadable }) }
  for (const part of partsOf(records)) {
    signal?.throwIfAborted()
    yield { records: part, ...facts }
  }
}

/** One, where there is nothing. */
function* partsOf(records: readonly RawRecord[]): Generator<readonly RawRecord[]> {
  for (let at = 0; at === 0 || at < records.length; at += PAGE) yield records.slice(at, at + PAGE)
}

/** As of a revision or, where the server no longer has that, as of now. */
async function readBack(view: ClusterView, scope: Scope, options: SnapshotOptions): Promise<ClusterSnapshot> {
  try {
    return await readSnapshot(view, scope, options)
  } catch (error) {
    if (options.asOf === undefined || !isGone(error)) throw error
    return await readSnapshot(view, scope, { ...options, asOf: undefined })
  }
}

/**
 * All of a scope. Where there is permission to read one of the two kinds, it is read, and the other reported.
 * @throws RollcallError `history-lost` when the server no longer has the revision
 */
export async function readSnapshot(
  view: ClusterView,
  scope: Scope,
  { asOf, structure, signal }: SnapshotOptions = {},
): Promise<ClusterSnapshot> {
  const index = new PodIndex({ structure })
  const then = asOf === undefined ? {} : parseRevision(asOf)
  const wanted = [PODS, SLICES].map((resource) => selectionOf(view, resource, scope))
  const reads = await Promise.allSettled(
    wanted.map(async (selection) => {
      const revision = selection && then[selection.resource.name]
      return selection && (await put(list(view.api, selection, { revision, signal }), selection.resource, index))
    }),
  )
  signal?.throwIfAborted()
  const refused = reads.flatMap((read): unknown[] => (read.status === 'rejected' ? [read.reason] : []))
  const failure =
    refused.find((reason) => !isForbidden(reason)) ?? (refused.length === reads.length ? refused[0] : undefined)
  if (failure !== undefined) throw failure
  const [pods, slices] = reads.map((read) => (read.status === 'fulfilled' ? read.value : undefined))
  const [hidden] = refused
  return {
    index,
    revision: { ...(pods ? { pods } : {}), ...(slices ? { endpointslices: slices } : {}) },
    ...(isForbidden(hidden) ? { unreadable: unreadableOf(hidden) } : {}),
  }
}

function unreadableOf(refusal: RollcallError): string {
  return `not all is shown: ${refusal.message.replace(/^kubernetes: /, '')}`
}

/** Answers with the revision of all pages. */
async function put(pages: AsyncIterable<ListPage>, resource: Resource, index: PodIndex): Promise<string> {
  let revision = ''
  for await (const page of pages) {
    revision = page.revision
    for (const item of page.items) putItem(index, resource, item)
  }
  return revision
}

function putItem(index: PodIndex, resource: Resource, item: JsonTree): void {
  if (resource === PODS) index.putPod(item)
  else index.putSlice(sliceIn(item))
}

/** How far the Pods and the EndpointSlices were read: each kind has a history of its own. What was not read is left out. */
export interface ClusterRevision {
  readonly pods?: string
  readonly endpointslices?: string
}

/** `PODS+SLICES`, `PODS` alone, or `+SLICES`. */
export function formatRevision({ pods = '', endpointslices }: ClusterRevision): string {
  return endpointslices === undefined ? pods : `${pods}+${endpointslices}`
}

/** @throws RollcallError `usage` for what formatRevision never makes */
function parseRevision(text: string): ClusterRevision {
  const [, pods, endpointslices] = /^(\d+)?(?:\+(\d+))?$/.exec(text) ?? []
  if (pods !== undefined || endpointslices !== undefined)
    return { ...(pods ? { pods } : {}), ...(endpointslices ? { endpointslices } : {}) }
  throw new RollcallError('usage', `"${text}" is not a revision of Kubernetes`, {
    hint: advice('revisionSource'),
  })
}
