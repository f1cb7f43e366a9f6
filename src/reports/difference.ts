import { isDeepStrictEqual } from 'node:util'
import type { FieldChange, WatchEvent } from '../model/change.ts'
import { ServiceInstance } from '../model/instance.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { type Fold, byCode } from './fold.ts'

/** The instances of one read, by what makes each the same one in the next read. */
export type Picture = ReadonlyMap<string, InstanceEntry>

type Difference = Extract<WatchEvent, { type: 'added' | 'updated' | 'removed' }>

/** The same instance keeps its identity while its records, its address and its status change. */
export function identityOf({ service, instance, observed }: InstanceEntry): string {
  const { namespace, group, cluster, datacenter, node } = observed.place ?? {}
  return JSON.stringify([service, instance.id, observed.layout, namespace, group, cluster, datacenter, node])
}

export function picture(): Fold<InstanceEntry, Picture> {
  const entries = new Map<string, InstanceEntry>()
  return {
    add: (entry) => void entries.set(identityOf(entry), entry),
    result: () => entries,
  }
}

/** What turns one picture into another, in the order of the identities. `renewals`: a renewal time alone is a change. */
export function difference(before: Picture, after: Picture, options: { renewals?: boolean } = {}): Difference[] {
  const identities = [...new Set([...before.keys(), ...after.keys()])].sort(byCode)
  return identities.flatMap((identity) => compare(before.get(identity), after.get(identity), options))
}

function compare(
  before: InstanceEntry | undefined,
  after: InstanceEntry | undefined,
  options: { renewals?: boolean },
): Difference[] {
  if (!before) return after ? [{ type: 'added', entry: after }] : []
  if (!after) return [{ type: 'removed', entry: before }]
  const changes = fieldChanges(before, after, options)
  return changes.length === 0 ? [] : [{ type: 'updated', entry: after, before, changes }]
}

/**
 * The fields of an instance that are not as they were, times in milliseconds since 1970. Endpoints are a set, as in Kratos.
 * No change is what changes with every look (TTL left), the lease under which the same value lies, and a reason that
 * only words the same status anew.
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

function comparable({ instance, observed }: InstanceEntry, renewals: boolean): Record<string, unknown> {
  const { version, metadata, endpoints } = instance
  const { status, reason, weight, env, owner, registeredAt, startedAt, offlineAt, renewedAt } = observed
  const steady = {
    version,
    metadata,
    endpoints,
    status,
    reason,
    weight,
    env,
    owner,
    registeredAt,
    startedAt,
    offlineAt,
  }
  return renewals ? { ...steady, renewedAt } : steady
}
