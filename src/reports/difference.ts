import { isDeepStrictEqual } from 'node:util'
import type { FieldChange } from '../model/change.ts'
import { ServiceInstance } from '../model/instance.ts'
import type { InstanceEntry } from '../model/reading.ts'

/** The same instance keeps its identity while its records, its address and its status change. */
export function identityOf({ service, instance, observed }: InstanceEntry): string {
  const { namespace, group, cluster, datacenter, node } = observed.place ?? {}
  return JSON.stringify([service, instance.id, observed.layout, namespace, group, cluster, datacenter, node])
}

/**
 * The fields of an instance that are not as they were, times in milliseconds since 1970. Endpoints are a set, as in Kratos; so are
 * tags, which are compared in order of their names.
 * Not counted: what differs in every reading (TTL left), the lease of the same value, and a reason that only words the same
 * status differently.
 */
export function fieldChanges(
  before: InstanceEntry,
  after: InstanceEntry,
  { renewals = false }: { renewals?: boolean } = {},
): FieldChange[] {
  const from = comparable(before, renewals)
  const to = comparable(after, renewals)
  const sameEndpoints = ServiceInstance.equal(before.instance, {
    ...before.instance,
    endpoints: after.instance.endpoints,
  })
  return Object.keys(to)
    .filter((field) => !isDeepStrictEqual(from[field], to[field]))
    .filter((field) => field !== 'endpoints' || !sameEndpoints)
    .filter((field) => field !== 'reason' || from.status !== to.status || to.status === 'unknown')
    .map((field) => ({ field, from: from[field], to: to[field] }))
}

/** Its times in RFC 3339; what was or is unknown stays absent. */
export function readableChange({ field, from, to }: FieldChange): FieldChange {
  const shown = (value: unknown) =>
    field.endsWith('At') && typeof value === 'number' ? new Date(value).toISOString() : value
  return { field, from: shown(from), to: shown(to) }
}

function comparable({ instance, observed }: InstanceEntry, renewals: boolean): Record<string, unknown> {
  const { version, metadata, endpoints } = instance
  const { status, reason, weight, env, tags, serviceKind, owner, registeredAt, startedAt, offlineAt, renewedAt } =
    observed
  const steady = {
    version,
    metadata,
    endpoints,
    status,
    reason,
    weight,
    env,
    tags: tags?.toSorted(),
    serviceKind,
    owner,
    registeredAt,
    startedAt,
    offlineAt,
  }
  return renewals ? { ...steady, renewedAt } : steady
}
