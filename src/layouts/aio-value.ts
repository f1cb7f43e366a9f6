import { inUrl } from '../model/address.ts'
import { withoutPassword } from '../model/endpoint-secret.ts'
import { parseAddress, parseEndpoint } from '../model/endpoint.ts'
import { RollcallError } from '../model/errors.ts'
import type { InstanceInit } from '../model/instance.ts'
import { type GoValue, encodeGoJson } from './go-json-encode.ts'
import { GO_ZERO_TIME, formatGoTime } from './go-time.ts'
import type { LayoutEncodeOptions } from './layout.ts'

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
  const now = formatGoTime(options.now)
  const metadata = { ...instance.metadata, ...(instance.version && { version: instance.version }) }
  const fields: Record<string, GoValue> = {
    id: instance.id,
    name: instance.name,
    ...protocolAndAddress(instance.endpoints ?? []),
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

function protocolAndAddress(endpoints: readonly string[]): { address: string; protocol: string } {
  const [endpoint, ...others] = endpoints
  if (endpoint === undefined || others.length > 0)
    throw new RollcallError('usage', `layout aio holds exactly one endpoint, not ${endpoints.length}`, {
      hint: 'register each address and protocol as an instance of its own',
    })
  if (parseAddress(endpoint)) return { address: endpoint, protocol: DEFAULT.protocol }
  const parsed = parseEndpoint(endpoint)
  if (parsed.is === 'flaw')
    throw new RollcallError(
      'usage',
      `layout aio holds a protocol and host:port, and "${endpoint}" is not that: ${parsed.message}`,
    )
  const url = `${parsed.scheme}://${inUrl(parsed.host)}:${parsed.port}`
  if (endpoint.slice(parsed.scheme.length) !== url.slice(parsed.scheme.length)) {
    const shown = withoutPassword(endpoint)
    throw new RollcallError('usage', `layout aio holds a protocol and host:port, and "${shown}" says more`, {
      hint: `register ${url}`,
    })
  }
  return { address: parsed.address, protocol: parsed.scheme }
}
