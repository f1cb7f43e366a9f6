import type { Client } from '../client/client.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { listenerOf } from '../reports/endpoint-parts.ts'
import { type InstanceItem, instanceItem } from '../reports/instances.ts'

/** An instance with all that is known of it, in the words of the command line. */
export interface InstanceView {
  /** Under which it is stored. */
  readonly service: string
  /** Of its endpoints, each once, as drain takes them. */
  readonly hosts: readonly string[]
  /** It can be taken out of traffic while its record is kept; only in detail, since it takes a look into each record. */
  readonly status?: boolean
  readonly instance: InstanceItem
}

/** `detail`: also whether it holds a status, and the TTL and the other keys of its lease, where they were read. */
export function viewOf(client: Client, entry: InstanceEntry, detail = false): InstanceView {
  const hosts = entry.instance.endpoints.map((endpoint) => listenerOf(endpoint).host).filter(Boolean)
  return {
    service: entry.service,
    hosts: [...new Set(hosts)],
    ...(detail && { status: client.holdsStatus(entry) }),
    instance: instanceItem(entry, { detail }),
  }
}
