import type { RawRecord } from '../../model/record.ts'
import type { Reading } from '../../model/reading.ts'
import { markOf } from './kratos-labels.ts'
import { type Pod, podIn } from './pod.ts'
import { readPod } from './read-pod.ts'
import { PODS, type Resource, SLICES, treeIn } from './object.ts'
import { SERVICE_LABEL, type Slice, readSlice, sliceIn } from './slice.ts'

/** `namespace/pods/name`, and `namespace/endpointslices/name/address`. */
export function podRecord(pod: Pod): RawRecord {
  const { resourceVersion, ...metadata } = pod.metadata
  const { namespace, name, creationTimestamp } = metadata
  return {
    id: `${namespace}/${PODS.name}/${name}`,
    service: markOf(pod).service,
    // Without the revision: put back, it is the same again.
    body: { ...pod, metadata },
    ...stored(resourceVersion, creationTimestamp),
  }
}

/** A record for each endpoint. */
export function sliceRecords(slice: Slice): RawRecord[] {
  const { namespace, name, resourceVersion, creationTimestamp, labels } = slice.metadata
  return slice.endpoints.map((endpoint) => ({
    id: `${namespace}/${SLICES.name}/${name}/${endpoint.addresses[0] ?? ''}`,
    service: labels[SERVICE_LABEL] ?? '',
    body: { ...slice, endpoints: [endpoint] },
    ...stored(resourceVersion, creationTimestamp),
  }))
}

function stored(revision: string, createdAt: string) {
  const at = Date.parse(createdAt)
  return { ...(revision === '' ? {} : { revision }), ...(Number.isNaN(at) ? {} : { createdAt: at }) }
}

/** Never throws, whatever the record holds. */
export function read({ body }: RawRecord): Reading {
  if (isSlice(body)) return readSlice(sliceIn(body))
  return readPod(podIn(body))
}

export function isSlice(body: object): boolean {
  return treeIn(body)['kind'] === SLICES.kind
}

/** Undefined for a record that is no Pod. */
export function podOf({ body, revision = '' }: RawRecord): Pod | undefined {
  if (treeIn(body)['kind'] !== PODS.kind) return undefined
  const pod = podIn(body)
  return { ...pod, metadata: { ...pod.metadata, resourceVersion: revision } }
}

/** Where a record's id says that it lies. */
export interface Place {
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
}

/** Undefined for what is no id of a record here. */
export function placeIn(id: string): Place | undefined {
  const [namespace, kind, name, ...address] = id.split('/')
  const resource = [PODS, SLICES].find((each) => each.name === kind)
  if (!namespace || !resource || !name) return undefined
  return address.length > 0 === (resource === SLICES) ? { resource, namespace, name } : undefined
}
