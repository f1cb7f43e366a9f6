import { inUrl } from '../../model/address.ts'
import { KNOWN_SCHEMES } from '../../model/endpoint.ts'
import type { LayoutName } from '../../model/observed.ts'
import { type PolarisInstance, addressOf } from './instance.ts'

/**
 * How an instance was written. `kratos`: by contrib/polaris, a service of that name whose endpoints share metadata
 * `merge`; `kratos-scheme`: by contrib/registry/polaris, a service for each scheme, whose metadata `kind` it is;
 * `service`: by another framework.
 */
export interface DetectedLayout {
  readonly layout: Extract<LayoutName, 'kratos' | 'kratos-scheme'> | 'service'
  /** The service as Kratos knows it. Empty for one that was written without a name. */
  readonly name: string
  /** Empty where nothing says it. */
  readonly scheme: string
  /** What endpoints of one instance share. */
  readonly mark: string | undefined
}

export const MERGE = 'merge'
export const KIND = 'kind'

export function detectLayout({ service, protocol, metadata }: PolarisInstance): DetectedLayout {
  const mark = metadata[MERGE] || undefined
  const kind = metadata[KIND] ?? ''
  if (KNOWN_SCHEMES.has(kind) && service.endsWith(kind))
    return { layout: 'kratos-scheme', name: service.slice(0, -kind.length), scheme: kind, mark }
  return { layout: mark ? 'kratos' : 'service', name: service, scheme: protocol || kind, mark }
}

/** `grpc://10.0.0.1:9000`; the address alone where no scheme is known. */
export function endpointOf(instance: PolarisInstance, { scheme } = detectLayout(instance)): string {
  return scheme === '' ? addressOf(instance) : `${scheme}://${inUrl(instance.host)}:${instance.port}`
}

/**
 * What is left of a service's name without the schemes at its end: services with the same can hold parts of one
 * Kratos service, so they are read together.
 */
export function rootOf(service: string): string {
  for (const scheme of KNOWN_SCHEMES)
    if (service.length > scheme.length && service.endsWith(scheme)) return rootOf(service.slice(0, -scheme.length))
  return service
}

/** Instances written as asked for; those of other frameworks are no part of the choice. */
export function isAskedFor({ layout }: DetectedLayout, asked: LayoutName | 'auto'): boolean {
  return asked === 'auto' || layout === 'service' || layout === asked
}
