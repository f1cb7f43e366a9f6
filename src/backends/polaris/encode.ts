import { RollcallError } from '../../model/errors.ts'
import { plainEndpoints } from '../catalogue/plain-endpoints.ts'
import type { WriteOptions } from '../contract/backend.ts'
import type { PolarisInstance } from './instance.ts'
import type { InstanceInit, Metadata } from '../../model/instance.ts'
import type { RawRecord } from '../../model/record.ts'
import { checkWritableName } from '../../model/writable-name.ts'
import { option } from '../../model/wording.ts'
import { KIND, MERGE } from './layout.ts'
import type { PolarisContext } from './api.ts'
import { type PolarisRecord, recordOf } from './record.ts'

/** What Polaris' own clients take for an even share. Kratos writes 0 unless told, and those clients then leave it out. */
const WEIGHT = 100

/**
 * A record for each endpoint. Kratos' modules mark those of one instance with a random id and forget its own; here the
 * mark is its own, so it is read back.
 */
export function encode(polaris: PolarisContext, instance: InstanceInit, options: WriteOptions): PolarisRecord[] {
  const ttl = ttlOf(options)
  checkWritableName('name', instance.name)
  checkWritableName('id', instance.id)
  const layout = options.layout ?? (polaris.layout === 'auto' ? 'kratos' : polaris.layout)
  const endpoints = plainEndpoints('Polaris', instance)
  const metadata = metadataOf(instance, options)
  const common = {
    namespace: oneNamespace(polaris),
    version: instance.version ?? '',
    weight: weightOf(instance, options),
    healthy: true,
    isolate: false,
    ...(ttl === undefined ? {} : { ttl }),
  }
  const records = endpoints.map(({ scheme, host, port }) => {
    const one: PolarisInstance =
      layout === 'kratos-scheme'
        ? {
            ...common,
            service: `${instance.name}${scheme}`,
            host,
            port,
            protocol: '',
            metadata: inOrder({ ...metadata, [KIND]: scheme }),
          }
        : { ...common, service: instance.name, host, port, protocol: scheme, metadata: inOrder(metadata) }
    checkLimits(one)
    return recordOf(one, false)
  })
  refuseRepeated(records)
  return records
}

/** Throws `usage` where there is not one namespace that is meant. */
function oneNamespace({ namespace }: PolarisContext): string {
  if (namespace !== '') return namespace
  throw new RollcallError('usage', 'an instance is registered in one namespace, and all of them are meant', {
    hint: `name one with ${option('namespace')} instead of ${option('allNamespaces')}`,
  })
}

/** Where Kratos' own clients look for a weight and an environment. */
function metadataOf({ id, metadata }: InstanceInit, { weight, env }: WriteOptions): Metadata {
  for (const key of [MERGE, KIND, 'protocol', 'version'])
    if (Object.hasOwn(metadata ?? {}, key))
      throw new RollcallError('usage', `the metadata key "${key}" is taken: Polaris, or Kratos' readers, use it`, {
        hint: 'use another key',
      })
  return {
    ...metadata,
    ...(weight !== undefined && { weight: String(weight) }),
    ...(env !== undefined && { env }),
    [MERGE]: id,
  }
}

function weightOf({ metadata }: InstanceInit, { weight }: WriteOptions): number {
  const said = metadata?.['weight'] ?? ''
  return weight ?? (/^\d{1,5}$/.test(said) ? Number(said) : WEIGHT)
}

function inOrder(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function refuseRepeated(records: readonly RawRecord[]): void {
  const ids = records.map(({ id }) => id)
  const repeated = ids.find((id, at) => ids.indexOf(id) !== at)
  if (repeated !== undefined)
    throw new RollcallError('usage', `Polaris holds one endpoint at a host and port, and ${repeated} would be two`, {
      hint: 'register each with an id of its own, or in layout kratos-scheme where the schemes differ',
    })
}

/** Characters, or entries. Source: polarismesh/polaris 1.18, common/utils/common.go and service/utils.go. */
const MOST = { service: 128, namespace: 64, host: 128, protocol: 32, version: 32 } as const
const MOST_METADATA = 64
const MOST_WEIGHT = 65_535
const NAME = /^[0-9A-Za-z-./:_]+$/

/** Refuses, with `usage`, what Polaris would refuse or cut off. */
export function checkLimits(instance: PolarisInstance): void {
  for (const field of ['service', 'namespace'] as const)
    if (!NAME.test(instance[field]))
      throw new RollcallError('usage', `"${instance[field]}" is not a valid ${field} on Polaris`, {
        hint: 'it takes letters and digits of ASCII, and - . / : _',
      })
  for (const [field, most] of Object.entries(MOST)) {
    const text = instance[field as keyof typeof MOST]
    if (text.length > most)
      throw new RollcallError('usage', `the ${field} "${text}" is too long for Polaris, which holds ${most} characters`)
  }
  const entries = Object.keys(instance.metadata).length
  if (entries > MOST_METADATA)
    throw new RollcallError(
      'usage',
      `Polaris holds ${MOST_METADATA} entries of metadata, and these would be ${entries}`,
    )
  const { weight } = instance
  if (!Number.isInteger(weight) || weight < 0 || weight > MOST_WEIGHT)
    throw new RollcallError('usage', `the weight ${weight} is none of Polaris`, { hint: `use 0 to ${MOST_WEIGHT}` })
}

/** Seconds. Polaris takes up to 60, and silently its default for more; below 2 a heartbeat that is late once would lose. */
const TTL = { usual: 5, least: 2, most: 60 }

/** Seconds between heartbeats that Polaris is to expect; undefined for none. Throws `usage` for what it would not take. */
function ttlOf({ ttl = TTL.usual }: Pick<WriteOptions, 'ttl'>): number | undefined {
  if (ttl === null) return undefined
  if (Number.isInteger(ttl) && ttl >= TTL.least && ttl <= TTL.most) return ttl
  throw new RollcallError('usage', `a TTL of ${ttl}s is none of Polaris`, {
    hint: `use whole seconds from ${TTL.least} to ${TTL.most}, or none`,
  })
}
