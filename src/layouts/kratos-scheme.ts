import { parseEndpoint } from '../model/endpoint.ts'
import { RollcallError } from '../model/errors.ts'
import { kratos } from './kratos.ts'
import { kratosValue } from './kratos-value.ts'
import type { Layout } from './layout.ts'

/** Kratos' JSON in a record for each scheme, at `{prefix}/{name}/{scheme}/{id}`, with that scheme's endpoints only. */
export const kratosScheme: Layout = {
  name: 'kratos-scheme',
  defaultPrefix: kratos.defaultPrefix,
  prefixes: kratos.prefixes,
  hasParts: true,
  leased: true,
  encode(instance, options) {
    const bySchemes = groupByScheme(instance.endpoints ?? [])
    return Array.from(bySchemes, ([scheme, endpoints]) => ({
      key: `${options.prefix}/${instance.name}/${scheme}/${instance.id}`,
      value: kratosValue({ ...instance, endpoints }, options),
    }))
  },
  decode: (stored, options) => kratos.decode(stored, options),
}

function groupByScheme(endpoints: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const endpoint of endpoints) {
    const { scheme } = parseEndpoint(endpoint)
    if (scheme === undefined)
      throw new RollcallError('usage', `layout kratos-scheme stores endpoints by scheme, and "${endpoint}" has none`, {
        hint: 'write it as a URL, for example grpc://10.0.0.1:9000',
      })
    groups.set(scheme, [...(groups.get(scheme) ?? []), endpoint])
  }
  if (groups.size === 0)
    throw new RollcallError('usage', 'layout kratos-scheme has a record for each scheme, and there is no endpoint')
  return groups
}
