import { networkInterfaces } from 'node:os'
import { usualLayout } from '../backends/contract/default-prefix.ts'
import type { Target } from '../backends/contract/driver.ts'
import { withoutPassword } from '../model/endpoint-secret.ts'
import { isUnspecified, parseAddress, parseEndpoint } from '../model/endpoint.ts'
import { RollcallError } from '../model/errors.ts'

/**
 * Checks the endpoints of an instance as registering it would, without a request: each has to be one that others can dial. An address
 * without a scheme is one where the layout that is written in holds such; without a layout, the prefix of the target decides which that is.
 *
 * @throws RollcallError `usage` for an empty list, for an endpoint that cannot be dialled, and for one without a reachable host
 */
export function requireDialable(
  endpoints: readonly string[],
  { layout, prefix }: Pick<Target, 'layout' | 'prefix'>,
): void {
  if (endpoints.length === 0) {
    throw new RollcallError('usage', 'no endpoint is given', {
      hint: 'an instance has at least one, such as grpc://10.0.0.1:9000',
    })
  }
  const written = layout === 'auto' ? usualLayout(prefix, 'flat') : layout
  const takesBare = written !== 'kratos' && written !== 'kratos-scheme'
  for (const endpoint of endpoints) requireOne(endpoint, takesBare)
}

function requireOne(text: string, takesBare: boolean): void {
  const bare = takesBare ? parseAddress(text) : undefined
  const endpoint = bare ?? parseEndpoint(text)
  if ('code' in endpoint) {
    throw new RollcallError('usage', `the endpoint "${withoutPassword(text)}" cannot be dialled: ${endpoint.message}`, {
      hint: endpoint.code === 'no-host' ? ownAddresses() : 'write for example grpc://10.0.0.1:9000',
    })
  }
  if (!isUnspecified(endpoint.host)) return
  throw new RollcallError('usage', `the endpoint "${withoutPassword(text)}" names no host that others can reach`, {
    hint: ownAddresses(),
  })
}

function ownAddresses(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const outward = all.filter((address) => !address.internal).map((address) => address.address)
  return outward.length === 0 ? 'name a host' : `this machine's addresses: ${outward.join(', ')}`
}
