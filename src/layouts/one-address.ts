import { inUrl, parseAddress } from '../model/address.ts'
import { withoutPassword } from '../model/endpoint-secret.ts'
import { parseEndpoint } from '../model/endpoint.ts'
import { RollcallError } from '../model/errors.ts'
import type { InstanceInit } from '../model/instance.ts'
import type { LayoutName } from '../model/observed.ts'
import { option } from '../model/wording.ts'
import type { LayoutEncodeOptions } from './layout.ts'

/** What a layout may have no place for, beside name, id and endpoints. */
type Part = 'version' | 'metadata' | 'weight' | 'env'

const ARTICLES: Readonly<Record<Part, string>> = {
  version: 'a version',
  metadata: 'metadata',
  weight: 'a weight',
  env: 'an env',
}

/** @throws RollcallError `usage` for an instance with more than the layout holds */
export function refuseBeyond(
  layout: LayoutName,
  holds: readonly Part[],
  instance: InstanceInit,
  { weight, env }: Pick<LayoutEncodeOptions, 'weight' | 'env'>,
): void {
  const given: Readonly<Record<Part, boolean>> = {
    version: Boolean(instance.version),
    metadata: Object.keys(instance.metadata ?? {}).length > 0,
    weight: weight !== undefined,
    env: env !== undefined,
  }
  const parts: readonly Part[] = ['version', 'metadata', 'weight', 'env']
  const tooMuch = parts.filter((part) => given[part] && !holds.includes(part))
  if (tooMuch.length === 0) return
  throw new RollcallError(
    'usage',
    `layout ${layout} cannot hold ${tooMuch.map((part) => ARTICLES[part]).join(' or ')}`,
    { hint: `leave that out, or choose another ${option('layout')}` },
  )
}

/** The only endpoint of an instance. @throws RollcallError `usage` for none or several */
export function onlyEndpoint(layout: LayoutName, { endpoints }: InstanceInit): string {
  const [endpoint, ...others] = endpoints ?? []
  if (endpoint !== undefined && others.length === 0) return endpoint
  throw new RollcallError('usage', `layout ${layout} holds exactly one endpoint, not ${endpoints?.length ?? 0}`, {
    hint: 'register each address and protocol as an instance of its own',
  })
}

/** Scheme and `host:port` of the only endpoint; a bare address has no scheme. @throws RollcallError `usage` */
export function schemeAndAddress(
  layout: LayoutName,
  instance: InstanceInit,
): { readonly scheme?: string; readonly address: string } {
  const endpoint = onlyEndpoint(layout, instance)
  if (parseAddress(endpoint)) return { address: endpoint }
  const parsed = parseEndpoint(endpoint)
  if (parsed.is === 'flaw')
    throw new RollcallError(
      'usage',
      `layout ${layout} holds a protocol and host:port, and "${endpoint}" is not that: ${parsed.message}`,
    )
  const url = `${parsed.scheme}://${inUrl(parsed.host)}:${parsed.port}`
  if (endpoint.slice(parsed.scheme.length) !== url.slice(parsed.scheme.length)) {
    const shown = withoutPassword(endpoint)
    throw new RollcallError('usage', `layout ${layout} holds a protocol and host:port, and "${shown}" says more`, {
      hint: `register ${url}`,
    })
  }
  return { scheme: parsed.scheme, address: parsed.address }
}

/** The `host:port` of the only endpoint, whose scheme can only be this one. @throws RollcallError `usage` */
export function onlyAddress(layout: LayoutName, instance: InstanceInit, only?: string): string {
  const { scheme, address } = schemeAndAddress(layout, instance)
  if (scheme === undefined || scheme === only) return address
  const fact = only === undefined ? 'holds no scheme' : `is for ${only} alone`
  throw new RollcallError('usage', `layout ${layout} ${fact}, and the endpoint is ${scheme}://${address}`, {
    hint: `register ${address}, or choose another ${option('layout')}`,
  })
}

/** @throws RollcallError `usage`, for a layout whose records are only read; `where`, if not everywhere */
export function readOnly(layout: LayoutName, where = ''): never {
  throw new RollcallError('usage', `rollcall reads layout ${layout}${where} and does not write it`, {
    hint: `choose another ${option('layout')}`,
  })
}
