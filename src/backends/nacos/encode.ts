import { RollcallError } from '../../model/errors.ts'
import type { Metadata, InstanceInit } from '../../model/instance.ts'
import { plainEndpoints } from '../catalogue/plain-endpoints.ts'
import type { WriteOptions } from '../contract/backend.ts'
import { parseEndpoint } from '../../model/endpoint.ts'
import type { RawRecord } from '../../model/record.ts'
import { textsInOrder } from '../../model/texts.ts'
import { checkWritableName } from '../../model/writable-name.ts'
import { spongeId } from './frameworks.ts'
import type { Host } from './host.ts'
import type { NacosContext } from './context.ts'
import { splitGroupedName } from './names.ts'
import { type NacosRecord, unwrittenRecordOf } from './record.ts'

/** Kratos' own default. */
const WEIGHT = 100
const MOST_WEIGHT = 10_000
/** What Go's `strconv.ParseFloat` takes, in digits. */
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
/** Of all keys and values together. Source: com.alibaba.nacos.common.paramcheck.ParamCheckRule. */
const MOST_METADATA = 1_024

/** A record for each endpoint, as Kratos writes them: in the service `{name}.{scheme}`, without the id. @throws RollcallError `usage` */
export function encode(
  context: Pick<NacosContext, 'namespace' | 'group' | 'cluster'>,
  instance: InstanceInit,
  options: WriteOptions,
): NacosRecord[] {
  checkWritableName('name', instance.name)
  checkWritableName('id', instance.id)
  const { group = context.group, name } = splitGroupedName(instance.name)
  const common = {
    weight: weightOf(instance, options),
    healthy: true,
    enabled: true,
    ephemeral: !isPersistent(options),
    clusterName: context.cluster,
  }
  const records = plainEndpoints('Nacos', instance).map(({ scheme, host: ip, port }) => {
    const metadata = metadataOf(instance, scheme, options)
    const host: Host = { ip, port, ...common, metadata }
    const service = { namespace: context.namespace, group, name: `${name}.${scheme}` }
    const ownId = spongeId(metadata)
    return unwrittenRecordOf(service, instance.name, { host, shared: false, ...(ownId === undefined ? {} : { ownId }) })
  })
  refuseSeveralInstances(instance, records)
  return records
}

/** Whether it lives without heartbeats. */
function isPersistent({ settings, ttl }: Pick<WriteOptions, 'settings' | 'ttl'>): boolean {
  return settings?.persistent === true || ttl === null
}

/** Refuses what would be read back as several instances: one has endpoints of different schemes at one ip. */
function refuseSeveralInstances({ endpoints }: InstanceInit, records: readonly RawRecord[]): void {
  const parsed = (endpoints ?? []).map(parseEndpoint)
  const hosts = new Set(parsed.map((endpoint) => endpoint.host))
  const schemes = new Set(parsed.map((endpoint) => endpoint.scheme))
  if (hosts.size === 1 && schemes.size === records.length) return
  throw new RollcallError(
    'usage',
    'Nacos stores no id: endpoints are one instance only if they share an ip and differ in their schemes',
    { hint: 'register the others as instances of their own' },
  )
}

function metadataOf({ version, metadata }: InstanceInit, kind: string, options: WriteOptions): Metadata {
  for (const key of ['kind', 'version'])
    if (Object.hasOwn(metadata ?? {}, key))
      throw new RollcallError('usage', `the metadata key "${key}" is reserved: Kratos keeps a field of its own there`, {
        hint: 'use another key',
      })
  const { env } = options
  const all = textsInOrder({
    ...metadata,
    ...(env === undefined ? {} : { env }),
    ...heartbeatMetadata(options),
    kind,
    version: version ?? '',
  })
  const length = Object.entries(all).reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  if (length <= MOST_METADATA) return all
  throw new RollcallError('usage', `the metadata has ${length} characters, and Nacos takes ${MOST_METADATA}`, {
    hint: 'shorten it',
  })
}

/** Kratos also takes it from the metadata, and ignores what is not a number. */
function weightOf({ metadata }: InstanceInit, { weight }: WriteOptions): number {
  const said = metadata?.['weight'] ?? ''
  const chosen = weight ?? (FLOAT.test(said) ? Number(said) : WEIGHT)
  if (chosen >= 0 && chosen <= MOST_WEIGHT) return chosen
  throw new RollcallError('usage', `the weight ${chosen} is not valid in Nacos`, { hint: `use 0 to ${MOST_WEIGHT}` })
}

/**
 * Seconds. The server checks only every few seconds, so it could not keep a shorter one; and after three minutes without a
 * heartbeat it forgets whoever registered, whatever the metadata says. Source: com.alibaba.nacos.naming.constants.ClientConstants.
 */
const TTL = { least: 2, most: 90 }

/**
 * The metadata for a TTL: Nacos has none, but reads there how long an instance may be silent. It is unhealthy after the TTL and
 * gone after twice that, as with Nacos' own defaults of 15 s and 30 s. @throws RollcallError `usage` Source: com.alibaba.nacos.api.naming.PreservedMetadataKeys.
 */
function heartbeatMetadata({ ttl }: Pick<WriteOptions, 'ttl'>): Metadata {
  if (ttl === undefined || ttl === null) return {}
  if (!(ttl >= TTL.least && ttl <= TTL.most))
    throw new RollcallError('usage', `a TTL of ${ttl}s is too ${ttl > TTL.most ? 'long' : 'short'} for Nacos`, {
      hint: `use ${TTL.least}s to ${TTL.most}s, or none for an instance that needs no heartbeats`,
    })
  return {
    'preserved.heart.beat.interval': String(Math.round((ttl * 1000) / 3)),
    'preserved.heart.beat.timeout': String(Math.round(ttl * 1000)),
    'preserved.ip.delete.timeout': String(Math.round(ttl * 2000)),
  }
}
