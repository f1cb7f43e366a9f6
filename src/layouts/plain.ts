import { parseAddress, parseEndpoint } from '../model/endpoint.ts'
import { RollcallError } from '../model/errors.ts'
import type { InstanceInit } from '../model/instance.ts'
import type { Reading } from '../model/reading.ts'
import { goText } from './go-text.ts'
import type { Layout, LayoutEncodeOptions, Stored } from './layout.ts'
import { leasedObserved } from './leased.ts'
import { onlyEndpoint, refuseBeyond } from './one-address.ts'
import { excerpt, keyProblem, malformed, shortKey } from './problems.ts'
import { parseKey } from './stored-key.ts'

/** A bare `host:port` or URL at `{prefix}/{name}/{id}`: what small hand-written etcd clients store. */
export const plain: Layout = {
  name: 'plain',
  defaultPrefix: '/services',
  prefixes: { flat: ['/services'], tree: [] },
  onlyNamed: true,
  leased: true,
  encode: (instance, options) => [
    { key: `${options.prefix}/${instance.name}/${instance.id}`, value: endpointOf(instance, options) },
  ],
  decode: readPlain,
}

/** The value as an endpoint, if it is an address or a URL with a host. */
export function plainEndpoint(value: Uint8Array): string | undefined {
  const text = goText(value)
  if (parseAddress(text)) return text
  const endpoint = parseEndpoint(text)
  const usable = endpoint.is === 'endpoint' || endpoint.code === 'no-port'
  return usable ? text : undefined
}

function readPlain(stored: Stored): Reading {
  const key = parseKey(stored)
  const endpoint = plainEndpoint(stored.value)
  const known = { id: key?.id, name: key?.name, endpoints: endpoint === undefined ? [] : [endpoint] }
  const problem = keyProblem(key, stored, known)
  if (problem) return problem
  if (endpoint === undefined)
    return malformed('not-an-address', 'the value is neither host:port nor a URL', excerpt(stored.value), known)
  if (key?.id === undefined) return shortKey(stored, known)
  return {
    is: 'instance',
    instance: { id: key.id, name: key.name, version: '', metadata: {}, endpoints: [endpoint] },
    observed: leasedObserved(stored, 'plain', {}),
  }
}

function endpointOf(instance: InstanceInit, options: LayoutEncodeOptions): string {
  refuseBeyond('plain', [], instance, options)
  const endpoint = onlyEndpoint('plain', instance)
  if (plainEndpoint(Buffer.from(endpoint)) !== undefined) return endpoint
  throw new RollcallError('usage', `"${endpoint}" is neither host:port nor a URL`)
}
