import type { RawRecord } from '../../model/record.ts'
import { type Host, hostIn, isObject } from './host.ts'
import { type NacosService, recordId } from './names.ts'

/** A record's body. */
export interface Body {
  readonly host: Host
  /** Only the port tells it apart: it is not of Kratos, or its scheme is at that ip twice. */
  readonly shared: boolean
  /** The gRPC client that holds it, by its id, where that was looked up. */
  readonly holder?: string
}

/** An instance as it was read, under the service that it is listed as. */
export function recordOf(nacos: NacosService, service: string, body: Body): RawRecord {
  return { ...unwrittenRecordOf(nacos, service, body), revision: revisionOf(body.host) }
}

/** The same before anybody has read it. */
export function unwrittenRecordOf(nacos: NacosService, service: string, body: Body): RawRecord {
  const { clusterName, ip, port } = body.host
  return { id: recordId({ ...nacos, cluster: clusterName, ip, port }), service, body }
}

/** What a record holds; undefined for one that did not come from here. */
export function bodyOf({ body }: Pick<RawRecord, 'body'>): Body | undefined {
  if (!isObject(body)) return undefined
  const host = hostIn(body['host'])
  const { shared, holder } = body
  return host && { host, shared: shared === true, ...(typeof holder === 'string' ? { holder } : {}) }
}

/** Nacos numbers no changes, so what an instance says stands for the state that it is in. */
export function revisionOf(host: Host): string {
  // Loaded here: every command loads this file, and the module takes as long as ten of ours.
  const { createHash } = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(JSON.stringify(host)).digest('hex').slice(0, 16)
}
