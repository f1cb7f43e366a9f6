import type { RawRecord } from '../../model/record.ts'
import type { RecordChange } from '../contract/backend.ts'
import { byServiceName } from '../contract/service-order.ts'
import type { Pod } from './pod.ts'
import { endpointRecords, podRecord } from './record.ts'
import { SERVICE_LABEL, type Slice } from './slice.ts'

/**
 * The Pods and EndpointSlices of a cluster, and the records they are. A Pod that Kratos marked as an instance of a
 * service is not reported a second time where a Service of the same name has it among its endpoints.
 */
export class PodIndex {
  /** Also Pods that are not instances have records. */
  readonly #structure: boolean
  readonly #records = new Map<string, readonly RawRecord[]>()
  /** The service that a Pod is marked with, by its place. */
  readonly #marked = new Map<string, string>()
  readonly #slices = new Map<string, Slice>()
  /** Places of slices by namespace and service. */
  readonly #slicesOf = new Map<string, Set<string>>()

  constructor({ structure = false }: { structure?: boolean | undefined } = {}) {
    this.#structure = structure
  }

  /** `object`: the Pod as the API has it, with its revision. */
  putPod(object: unknown): RecordChange[] {
    const record = podRecord(object)
    const records = record.service !== '' || this.#structure ? [record] : []
    const place = placeOf('pod', record.body)
    return [...this.#set(place, records), ...this.#mark(place, record.body, record.service)]
  }

  removePod(pod: Pod): RecordChange[] {
    const place = placeOf('pod', pod)
    return [...this.#set(place, []), ...this.#mark(place, pod, '')]
  }

  putSlice(slice: Slice): RecordChange[] {
    const place = placeOf('slice', slice)
    const before = this.#slices.get(place)
    if (before) this.#slicesOf.get(ownerOf(before))?.delete(place)
    this.#slices.set(place, slice)
    const owner = ownerOf(slice)
    const places = this.#slicesOf.get(owner) ?? new Set()
    this.#slicesOf.set(owner, places.add(place))
    return this.#set(place, this.#shown(slice))
  }

  removeSlice(slice: Slice): RecordChange[] {
    const place = placeOf('slice', slice)
    const owner = ownerOf(this.#slices.get(place) ?? slice)
    const places = this.#slicesOf.get(owner)
    places?.delete(place)
    if (places?.size === 0) this.#slicesOf.delete(owner)
    this.#slices.delete(place)
    return this.#set(place, [])
  }

  /** Those of one service together, and in the order of their ids. */
  records(): RawRecord[] {
    const services = new Map<string, RawRecord[]>()
    for (const some of this.#records.values()) {
      for (const record of some) {
        const records = services.get(record.service)
        if (records) records.push(record)
        else services.set(record.service, [record])
      }
    }
    return [...services.keys()].sort(byServiceName).flatMap((name) => services.get(name)?.sort(byId) ?? [])
  }

  #shown(slice: Slice): RawRecord[] {
    const service = slice.metadata.labels[SERVICE_LABEL] ?? ''
    const { namespace } = slice.metadata
    const endpoints = slice.endpoints.filter(({ pod }) => this.#marked.get(`pod/${namespace}/${pod}`) !== service)
    return endpointRecords({ ...slice, endpoints })
  }

  /** Notes the service of a Pod, and looks again at the slices in which that hides or shows it. */
  #mark(place: string, pod: Pod, service: string): RecordChange[] {
    const before = this.#marked.get(place) ?? ''
    if (service === '') this.#marked.delete(place)
    else this.#marked.set(place, service)
    if (before === service) return []
    return [before, service].flatMap((name) => this.#showAgain(`${pod.metadata.namespace}/${name}`))
  }

  #showAgain(owner: string): RecordChange[] {
    return Array.from(this.#slicesOf.get(owner) ?? [], (place) => {
      const slice = this.#slices.get(place)
      return slice ? this.#set(place, this.#shown(slice)) : []
    }).flat()
  }

  #set(place: string, records: readonly RawRecord[]): RecordChange[] {
    const before = this.#records.get(place)
    if (records.length === 0) this.#records.delete(place)
    else this.#records.set(place, records)
    if (!before) return records.flatMap((record) => (record.revision === undefined ? [] : [{ put: record }]))
    const gone = before.filter(({ id, service }) => !records.some((each) => each.id === id && each.service === service))
    const old = new Map(before.map((record) => [record.id, record]))
    const put = records.filter(({ id, revision }) => old.get(id)?.revision !== revision)
    return [...gone.map(({ id, service }) => ({ removed: { id, service } })), ...put.map((record) => ({ put: record }))]
  }
}

function placeOf(kind: 'pod' | 'slice', { metadata: { namespace, name } }: Pod | Slice): string {
  return `${kind}/${namespace}/${name}`
}

function ownerOf({ metadata: { namespace, labels } }: Slice): string {
  return `${namespace}/${labels[SERVICE_LABEL] ?? ''}`
}

function byId(a: RawRecord, b: RawRecord): number {
  if (a.id === b.id) return 0
  return a.id < b.id ? -1 : 1
}
