import type { InstanceInit, Metadata } from '../model/instance.ts'
import { encodeGoJson } from './go-json-encode.ts'
import type { LayoutEncodeOptions } from './layout.ts'

/** Kratos' `registry.ServiceInstance`. */
export const KRATOS = {
  id: 'string',
  name: 'string',
  version: 'string',
  metadata: 'map[string]string',
  endpoints: '[]string',
} as const

/** The JSON that Kratos writes: no field is ever left out, nil is null. */
export function kratosValue(instance: InstanceInit, options: LayoutEncodeOptions): string {
  return encodeGoJson({
    id: instance.id,
    name: instance.name,
    version: instance.version ?? '',
    metadata: withWeightAndEnv(instance.metadata ?? null, options),
    endpoints: instance.endpoints ?? null,
  })
}

/** Kratos has no fields for them, so they go where its own Nacos registry looks for a weight: into the metadata. */
export function withWeightAndEnv(
  metadata: Metadata | null,
  { weight, env }: Pick<LayoutEncodeOptions, 'weight' | 'env'>,
): Metadata | null {
  if (weight === undefined && env === undefined) return metadata
  return { ...metadata, ...(weight !== undefined && { weight: String(weight) }), ...(env !== undefined && { env }) }
}
