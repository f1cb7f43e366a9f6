import { RollcallError, isForbidden } from '../../model/errors.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { Scope } from '../contract/backend.ts'
import type { Api } from './api.ts'
import { isGone } from './errors.ts'
import { Holdings } from './pod-index.ts'
import { LABEL_VALUE } from './kratos-labels.ts'
import { type ListPage, type Selection, list } from './selection.ts'
import { podIn } from './pod.ts'
import { placeIn } from './record.ts'
import { PODS, type Resource, SLICES, type Tree } from './object.ts'
import { type Revision, parseRevision } from './scan.ts'
import { sliceIn } from './slice.ts'

/** More names than these are not put into a request's URL: all are read, and the others dropped. */
const MOST_NAMES = 50

/** What of a cluster is looked at. */
export interface View {
  readonly api: Api
  /** Undefined: all. */
  readonly namespace: string | undefined
  readonly layout: LayoutName | 'auto'
}

/** The Pods and slices in scope, at one moment each. */
export interface Sight {
  readonly holdings: Holdings
  readonly revision: Revision
  /** What was not shown, as one sentence. */
  readonly partial?: string
}

export interface LookOptions {
  readonly signal?: AbortSignal | undefined
  readonly structure?: boolean | undefined
  /** As it was then. @throws RollcallError `history-lost` when that is forgotten */
  readonly asOf?: string | undefined
}

/** What a scope means in requests; undefined where nothing of a resource can be in it. */
export function selectionOf(view: View, resource: Resource, scope: Scope): Selection | undefined {
  if (resource === SLICES && view.layout === 'kratos') return undefined
  const { rawKey, services } = scope
  if (rawKey !== undefined) {
    const place = placeIn(rawKey)
    if (place?.resource !== resource || (view.namespace ?? place.namespace) !== place.namespace) return undefined
    const fieldSelector = `metadata.name=${place.name}`
    return { resource, namespace: place.namespace, labelSelector: resource.label, fieldSelector }
  }
  const { namespace } = view
  // A service whose name no label can be is not there.
  const names = [...new Set(services)].filter((name) => LABEL_VALUE.test(name))
  if (services === undefined || names.length > MOST_NAMES) return { resource, namespace, labelSelector: resource.label }
  // And without a value: whose instance a Pod is that is out of traffic, its annotation says.
  return { resource, namespace, labelSelector: `${resource.label} in (${[...names, ''].join(',')})` }
}

/** Reads a scope whole. One kind of thing that may not be seen is left out, and told. */
export async function look(view: View, scope: Scope, { asOf, structure, signal }: LookOptions = {}): Promise<Sight> {
  const holdings = new Holdings({ structure })
  const then = asOf === undefined ? {} : parseRevision(asOf)
  const wanted = [PODS, SLICES].map((resource) => selectionOf(view, resource, scope))
  const reads = await Promise.allSettled(
    wanted.map(async (selection) => {
      const revision = selection && then[selection.resource.name]
      return selection && (await take(list(view.api, selection, { revision, signal }), selection.resource, holdings))
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
    holdings,
    revision: { ...(pods ? { pods } : {}), ...(slices ? { endpointslices: slices } : {}) },
    ...(isForbidden(hidden) ? { partial: hiddenOf(hidden) } : {}),
  }
}

function hiddenOf(refusal: RollcallError): string {
  return `not all is shown: ${refusal.message.replace(/^kubernetes: /, '')}`
}

/** What was there then, or where that is forgotten, what is there now. */
export async function lookBack(view: View, scope: Scope, options: LookOptions): Promise<Sight> {
  try {
    return await look(view, scope, options)
  } catch (error) {
    if (options.asOf === undefined || !isGone(error)) throw error
    return await look(view, scope, { ...options, asOf: undefined })
  }
}

async function take(pages: AsyncIterable<ListPage>, resource: Resource, holdings: Holdings): Promise<string> {
  let revision = ''
  for await (const page of pages) {
    revision = page.revision
    for (const item of page.items) put(holdings, resource, item)
  }
  return revision
}

function put(holdings: Holdings, resource: Resource, item: Tree): void {
  if (resource === PODS) holdings.putPod(podIn(item))
  else holdings.putSlice(sliceIn(item))
}

/** Whether a record is in the scope: what is asked of the server can be more. */
export function isInScope({ rawKey, services }: Scope): (record: { id: string; service: string }) => boolean {
  if (rawKey !== undefined) return ({ id }) => id === rawKey
  if (services === undefined) return () => true
  const names = new Set(services)
  return ({ service }) => names.has(service)
}
