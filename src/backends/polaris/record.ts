import { RollcallError } from '../../model/errors.ts'
import { escapeKey, unescapeKey } from '../../model/key.ts'
import type { RawRecord } from '../../model/record.ts'
import { isTree } from './answer.ts'
import { formOf } from './form.ts'
import { type PolarisInstance, addressOf, instanceIn } from './instance.ts'

/** A record's body. */
export interface Body {
  readonly instance: PolarisInstance
  /** No mark ties it to the other endpoints of its host, and one of them has the same scheme: only its port tells it apart. */
  readonly shared: boolean
}

/** `default/sregrpc/10.0.0.1:9000`, escaped for printing: where Polaris has it. */
export function recordId(instance: PolarisInstance): string {
  const { namespace, service } = instance
  return escapeKey(Buffer.from(`${namespace}/${service}/${addressOf(instance)}`))
}

/** What a record's id says of where it lies; undefined for what is none. */
export function placeOf(id: string): { readonly namespace: string; readonly service: string } | undefined {
  const text = Buffer.from(unescapeKey(id)).toString('utf8')
  const [, namespace = '', service = ''] = /^([^/]*)\/(.*)\/[^/]*$/s.exec(text) ?? []
  return namespace === '' || service === '' ? undefined : { namespace, service }
}

/** `revision` is the instance's own: it changes with all of it but its heartbeats. */
export function recordOf(instance: PolarisInstance, shared: boolean, revision?: string): RawRecord {
  const body: Body = { instance, shared }
  return {
    id: recordId(instance),
    service: formOf(instance).name,
    body,
    ...(revision === undefined ? {} : { revision }),
  }
}

/** What a record holds; undefined for one that did not come from here. */
export function bodyOf({ body }: Pick<RawRecord, 'body'>): Body | undefined {
  if (!isTree(body)) return undefined
  const instance = instanceIn(body['instance'])
  return instance && { instance, shared: body['shared'] === true }
}

/** What a record of ours holds. @throws RollcallError `usage` for another registry's */
export function instanceOf(record: Pick<RawRecord, 'id' | 'body'>): PolarisInstance {
  const body = bodyOf(record)
  if (body) return body.instance
  throw new RollcallError('usage', `${record.id} is no record of Polaris`)
}
