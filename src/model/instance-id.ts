import { parseEndpoint } from './endpoint.ts'

/**
 * The id of an instance that was given none: `{name}-` and the first 16 hexadecimal digits of sha256 of
 * `{name}-{address}-{env}`, where the address is the `host:port` of the first endpoint. So the same address meets the
 * same id again. Source: the AIO registry, whose rule it is; used for every layout.
 */
export function generateInstanceId(name: string, endpoints: readonly string[], env = 'all'): string {
  const first = endpoints[0] ?? ''
  const endpoint = parseEndpoint(first)
  const address = endpoint.is === 'endpoint' ? endpoint.address : first
  // Loaded here: `ls` loads this file, and the module takes as long as ten of ours.
  const { createHash } = process.getBuiltinModule('node:crypto')
  const digest = createHash('sha256').update(`${name}-${address}-${env}`).digest('hex')
  return `${name}-${digest.slice(0, 16)}`
}
