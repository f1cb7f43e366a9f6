import type { RestoreRecord } from '../../backends/contract/backend.ts'
import { escapeKey, unescapeKey } from '../../model/key.ts'
import { LAYOUTS, type LayoutName } from '../../model/observed.ts'
import { STATUSES, type Status } from '../../model/status.ts'

/** A raw record as it is kept, with the layout it lay in where that could be read, and, before a change of status, the status it had. */
export type BackupRecord = RestoreRecord & { readonly layout?: LayoutName; readonly status?: Status }

/**
 * One line of a backup, as JSON. Keys and values are in base64, because they need not be text; `object` where the
 * registry stores no bytes. `ttl`: the seconds its lease was granted, null where it had none. Records with the same
 * `lease` shared one. `beside`: what the registry kept of the record beside its value, such as an ACL. `id` and `service` are for people to read; `id` names the record where there is no key.
 */
interface Line {
  readonly id: string
  readonly service: string
  readonly key?: string
  readonly value?: string
  readonly object?: object
  readonly beside?: object | undefined
  readonly layout?: LayoutName | undefined
  readonly status?: Status | undefined
  readonly revision?: string | undefined
  readonly lease?: string | undefined
  readonly ttl: number | null
}

/** The line of a record, without its end. */
export function lineOf({
  id,
  service,
  body,
  beside,
  revision,
  lease,
  layout,
  status,
  ttlGranted,
}: BackupRecord): string {
  const content =
    body instanceof Uint8Array
      ? { key: Buffer.from(unescapeKey(id)).toString('base64'), value: Buffer.from(body).toString('base64') }
      : { object: body }
  const line: Line = { id, service, ...content, beside, layout, status, revision, lease, ttl: ttlGranted }
  return JSON.stringify(line)
}

/** The record of a line, parsed. @throws Error for anything else */
export function recordOf(line: unknown): BackupRecord {
  if (!isObject(line)) throw new Error('it is not a record of a backup')
  const service = must(isText, line.service, 'service')
  const { layout, status, revision, lease } = line
  const record = {
    service,
    layout: LAYOUTS.find((each) => each === layout),
    ...(status !== undefined && { status: STATUSES.find((each) => each === status) }),
    revision: isText(revision) ? revision : undefined,
    lease: isText(lease) ? lease : undefined,
    ttlGranted: must(isTtl, line.ttl, 'ttl'),
    ...(line.beside !== undefined && { beside: must(isObject, line.beside, 'beside') }),
  }
  if (line.object !== undefined) {
    return { id: must(isText, line.id, 'id'), body: must(isObject, line.object, 'object'), ...record }
  }
  const key = Buffer.from(must(isBase64, line.key, 'key'), 'base64')
  return { id: escapeKey(key), body: Buffer.from(must(isBase64, line.value, 'value'), 'base64'), ...record }
}

function must<T>(is: (value: unknown) => value is T, value: unknown, field: string): T {
  if (is(value)) return value
  throw new Error(`its ${field} is not what a backup has there`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isBase64(value: unknown): value is string {
  return isText(value) && Buffer.from(value, 'base64').toString('base64') === value
}

function isTtl(value: unknown): value is number | null {
  return value === null || (typeof value === 'number' && value > 0)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
