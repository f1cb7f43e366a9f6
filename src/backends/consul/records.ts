import { escapeKey, unescapeKey } from '../../model/key.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { RawRecord } from '../../model/record.ts'
import { type HealthEntry, entryIn } from './entry.ts'
import { serviceOf } from './form.ts'

/** The record of an entry, as readers of that layout see it. Its revision is that of the registration, whatever its checks do. */
export function recordOf(entry: HealthEntry, layout: LayoutName | 'auto'): RawRecord {
  const { Node: node, Service: service } = entry
  const read = entryIn(entry)
  return {
    id: printable(`${node.Datacenter}/${node.Node}/${service.ID}`),
    service: read ? serviceOf(read, layout) : service.Service,
    body: entry,
    revision: String(service.ModifyIndex),
  }
}

/** What a record's id names; undefined for what is none. Neither a data centre nor a node has a slash in its name. */
export function placeOf(
  id: string,
): { readonly datacenter: string; readonly node: string; readonly id: string } | undefined {
  const text = Buffer.from(unescapeKey(id)).toString('utf8')
  const [, datacenter = '', node = '', own = ''] = /^([^/]+)\/([^/]+)\/(.+)$/s.exec(text) ?? []
  return own === '' ? undefined : { datacenter, node, id: own }
}

export function printable(text: string): string {
  return escapeKey(Buffer.from(text))
}

/** By service, then by id, as keys in a key-value store are ordered: two dumps compare, whatever they are of. */
export function inOrder(records: readonly RawRecord[]): RawRecord[] {
  const keys = new Map(records.map((record) => [record, Buffer.from(`${record.service}/\0${record.id}`)]))
  const none = Buffer.alloc(0)
  return records.toSorted((a, b) => Buffer.compare(keys.get(a) ?? none, keys.get(b) ?? none))
}
