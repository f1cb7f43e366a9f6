import type { InstanceInit } from '../model/instance.ts'
import { type GoValue, encodeGoJson } from './go-json-encode.ts'
import { GO_ZERO_TIME, formatGoTime } from './go-time.ts'
import type { LayoutEncodeOptions } from './layout.ts'
import { schemeAndAddress } from './one-address.ts'

/** AIO's `registry.ServiceInstance`. */
export const AIO = {
  id: 'string',
  name: 'string',
  address: 'string',
  protocol: 'string',
  env: 'string',
  register_time: 'time.Time',
  start_time: 'time.Time',
  offline_time: 'time.Time',
  last_renew_time: 'time.Time',
  metadata: 'map[string]string',
  weight: 'int64',
  status: 'string',
} as const

const DEFAULT = { protocol: 'http', env: 'all', weight: 100 }

/**
 * The JSON of a new record. AIO leaves the renewal time of a new record unset, which its monitor takes for one that
 * was never renewed; being registered is a sign of life, so it is set.
 */
export function aioValue(instance: InstanceInit, options: LayoutEncodeOptions): string {
  const { scheme, address } = schemeAndAddress('aio', instance)
  const now = formatGoTime(options.now)
  const metadata = { ...instance.metadata, ...(instance.version && { version: instance.version }) }
  const fields: Record<string, GoValue> = {
    id: instance.id,
    name: instance.name,
    address,
    protocol: scheme ?? DEFAULT.protocol,
    env: options.env ?? DEFAULT.env,
    register_time: now,
    start_time: now,
    offline_time: formatGoTime(GO_ZERO_TIME),
    last_renew_time: now,
    ...(Object.keys(metadata).length > 0 && { metadata }),
    weight: options.weight ?? DEFAULT.weight,
    status: 'up',
  }
  return encodeGoJson(fields)
}
