import { weightAndEnv } from '../../layouts/leased.ts'
import { withoutBrackets } from '../../model/address.ts'
import type { Metadata } from '../../model/instance.ts'
import type { Observed } from '../../model/observed.ts'
import type { Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import { KIND, MERGE, endpointOf, formOf } from './form.ts'
import { type PolarisInstance, addressOf } from './instance.ts'
import { bodyOf } from './record.ts'

/** One endpoint of a Kratos instance, or an instance of another framework. Never throws. */
export function read(record: RawRecord): Reading {
  const body = bodyOf(record)
  if (!body) {
    const message = 'it is no instance of Polaris: it has no host, or no port'
    return { is: 'malformed', problem: { code: 'wrong-type', message, name: record.service } }
  }
  const { instance, shared } = body
  const { layout, name, mark } = formOf(instance)
  if (name === '') return nameless(instance)
  const id = mark ?? (shared || layout === 'service' ? addressOf(instance) : withoutBrackets(instance.host))
  return {
    is: 'instance',
    instance: {
      id,
      name,
      version: instance.version || (instance.metadata['version'] ?? ''),
      metadata: withoutForm(instance.metadata),
      endpoints: [endpointOf(instance)],
    },
    observed: { ...observedOf(instance), layout },
    ...(layout === 'service' ? {} : { spread: `${layout}/${instance.namespace}/${id}` }),
  }
}

function nameless(instance: PolarisInstance): Reading {
  const { service } = instance
  const message = `the service is called "${service}": it has no name before its scheme`
  const id = addressOf(instance)
  const endpoints = [endpointOf(instance)]
  return { is: 'malformed', problem: { code: 'empty-name', message, culprit: service, id, endpoints } }
}

/** Without what Kratos' modules keep there of the instance's other fields. */
function withoutForm({ [MERGE]: _, [KIND]: __, ...own }: Metadata): Metadata {
  return own
}

function observedOf(instance: PolarisInstance): Observed {
  const { namespace, weight, ttl, metadata, lastHeartbeat } = instance
  const { env } = weightAndEnv(metadata)
  return {
    ...healthOf(instance),
    weight,
    ...(env === undefined ? {} : { env }),
    ...(ttl === undefined ? {} : { ttl: { granted: ttl } }),
    ...(lastHeartbeat === undefined ? {} : { renewedAt: lastHeartbeat * 1000 }),
    place: { namespace },
  }
}

function healthOf({ healthy, isolate, ttl, weight }: PolarisInstance): Pick<Observed, 'status' | 'reason'> {
  if (isolate) return { status: 'down', reason: healthy ? 'isolated' : 'isolated, and its heartbeats stopped' }
  if (!healthy) return { status: 'unhealthy', reason: 'its heartbeats stopped' }
  if (ttl === undefined) return { status: 'up', reason: 'no health check: nothing shows that it is alive' }
  return weight === 0 ? { status: 'up', reason: "weight 0: Polaris' own clients leave it out" } : { status: 'up' }
}
