import { inUrl } from '../../model/address.ts'
import { type Endpoint, parseEndpoint } from '../../model/endpoint.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceInit } from '../../model/instance.ts'

/**
 * The endpoints of an instance, for a registry with a record for each that holds scheme, host and port of it and nothing else.
 * @param title the registry's, for people: `Nacos`.
 * @throws RollcallError `usage` without an endpoint, and for one that has more, such as a path, or cannot be dialled.
 */
export function plainEndpoints(title: string, { endpoints }: InstanceInit): Endpoint[] {
  if (!endpoints?.length)
    throw new RollcallError('usage', `${title} has a record for each endpoint, and there is no endpoint`, {
      hint: 'give it one, for example grpc://10.0.0.1:9000',
    })
  return endpoints.map((text) => plainEndpoint(title, text))
}

function plainEndpoint(title: string, text: string): Endpoint {
  const endpoint = parseEndpoint(text)
  if (endpoint.is === 'flaw')
    throw new RollcallError('usage', `the endpoint "${text}" cannot be registered: ${endpoint.message}`, {
      hint: 'write for example grpc://10.0.0.1:9000',
    })
  const whole = plainText(endpoint)
  if (text === whole) return endpoint
  throw new RollcallError('usage', `${title} holds scheme, host and port, and of "${text}" would lose the rest`, {
    hint: `write ${whole}`,
  })
}

/** The URL of a plain endpoint, as it was given. */
export function plainText({ scheme, host, port }: Endpoint): string {
  return `${scheme}://${inUrl(host)}:${port}`
}
