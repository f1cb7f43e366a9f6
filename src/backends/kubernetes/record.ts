import type { RawRecord } from '../../model/record.ts'
import type { Reading } from '../../model/reading.ts'
import { markOf } from './kratos-labels.ts'
import { type Resource, revisionIn, treeIn } from './object.ts'
import { PODS, type Pod, podIn } from './pod.ts'
import { readPod } from './read-pod.ts'
import { SERVICE_LABEL, SLICES, type Slice, readSlice, sliceIn } from './slice.ts'

/** A Pod: `namespace/pods/name`. */
export interface PodRecord extends RawRecord {
  readonly body: Pod
}

/** An endpoint of a Service, which Kubernetes itself writes: `namespace/endpointslices/name/address`. */
export interface EndpointRecord extends RawRecord {
  readonly body: Slice
}

export type KubernetesRecord = PodRecord | EndpointRecord

/** The record of a Pod as the API has it. */
export function podRecord(object: unknown): PodRecord {
  const pod = podIn(object)
  const { namespace, name, creationTimestamp } = pod.metadata
  return {
    id: `${namespace}/${PODS.name}/${name}`,
    service: markOf(pod).service,
    body: pod,
    ...stored(revisionIn(object), creationTimestamp),
  }
}

/** A record for each endpoint. */
export function endpointRecords(slice: Slice): EndpointRecord[] {
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
export function read(record: RawRecord): Reading {
  const own = ownRecord(record)
  if (own && !isPod(own)) return readSlice(own.body)
  return readPod(own?.body ?? podIn(record.body))
}

/** The record with its body known; undefined for one of another registry. */
export function ownRecord(record: RawRecord): KubernetesRecord | undefined {
  const { kind } = treeIn(record.body)
  if (kind === PODS.kind) {
    const body = podIn(record.body)
    return body === record.body ? (record as PodRecord) : { ...record, body }
  }
  return kind === SLICES.kind ? { ...record, body: sliceIn(record.body) } : undefined
}

export function isPod(record: KubernetesRecord): record is PodRecord {
  return record.body.kind === PODS.kind
}

/** Undefined for a record that is not a Pod. */
export function podOf(record: RawRecord): Pod | undefined {
  const own = ownRecord(record)
  return own && isPod(own) ? own.body : undefined
}

/** The object that a record's id names. */
export interface ObjectPlace {
  readonly resource: Resource
  readonly namespace: string
  readonly name: string
}

/** Undefined for what is not the id of a record of Kubernetes. */
export function placeIn(id: string): ObjectPlace | undefined {
  const [namespace, kind, name, ...address] = id.split('/')
  const resource = [PODS, SLICES].find((each) => each.name === kind)
  if (!namespace || !resource || !name) return undefined
  return address.length > 0 === (resource === SLICES) ? { resource, namespace, name } : undefined
}
