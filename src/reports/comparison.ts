import { isDeepStrictEqual } from 'node:util'
import type { FieldChange } from '../model/change.ts'
import { ServiceInstance } from '../model/instance.ts'
import type { Observed } from '../model/observed.ts'
import type { InstanceEntry } from '../model/reading.ts'

/** What stands beside an instance and means the same in every registry. */
const BESIDE = ['status', 'weight', 'env', 'tags', 'serviceKind'] as const

/**
 * Whether an instance is the same in two places: what its clients see of it, and neither who registered it nor when, on which
 * lease and where it is stored.
 */
export function isSameInstance(before: InstanceEntry, after: InstanceEntry): boolean {
  const isEqual =
    (before.json !== undefined && before.json === after.json) || ServiceInstance.equal(before.instance, after.instance)
  if (isEqual && BESIDE.every((field) => isSameBeside(field, before.observed, after.observed))) return true
  return differingFields(before, after).length === 0
}

/** The fields that are not the same, metadata by key. Endpoints and tags are sets, here in order of their names. */
export function differingFields(before: InstanceEntry, after: InstanceEntry): FieldChange[] {
  const [a, b] = [before.instance, after.instance]
  const changes: FieldChange[] = []
  const compare = (field: string, from: unknown, to: unknown) => {
    if (!isDeepStrictEqual(from, to)) changes.push({ field, from, to })
  }
  compare('name', a.name, b.name)
  compare('version', a.version, b.version)
  const keys = new Set([...Object.keys(a.metadata), ...Object.keys(b.metadata)])
  for (const key of [...keys].toSorted())
    if (!isHeldBeside(key, before, after)) compare(`metadata.${key}`, valueIn(a, key), valueIn(b, key))
  compare('endpoints', a.endpoints.toSorted(), b.endpoints.toSorted())
  for (const field of BESIDE)
    if (!isSameBeside(field, before.observed, after.observed))
      changes.push({ field, from: before.observed[field], to: after.observed[field] })
  return changes
}

/** Whether a weight or an environment is in the metadata on one side, and in a field of its own on the other: their layouts differ, and they do not. */
function isHeldBeside(key: string, before: InstanceEntry, after: InstanceEntry): boolean {
  if (key !== 'weight' && key !== 'env') return false
  const [from, to] = [valueIn(before.instance, key), valueIn(after.instance, key)]
  if (from === undefined) return String(before.observed[key]) === to
  return to === undefined && String(after.observed[key]) === from
}

function valueIn({ metadata }: ServiceInstance, key: string): string | undefined {
  return Object.hasOwn(metadata, key) ? metadata[key] : undefined
}

/** Another kind of registry may have no such field, and a file need not say it: then there is nothing to compare. */
function isSameBeside(field: (typeof BESIDE)[number], before: Observed, after: Observed): boolean {
  const [from, to] = [valueOf(before, field), valueOf(after, field)]
  if (from === to) return true
  if (from === undefined || to === undefined) return !(canSay(field, before, after) && canSay(field, after, before))
  return isDeepStrictEqual(from, to)
}

/** Whether a registry would have this field if there were a value: tags and kinds are Consul's alone; the others depend on the layout. */
function canSay(field: (typeof BESIDE)[number], observed: Observed, other: Observed): boolean {
  if (field === 'status') return false
  if (valueOf(observed, field) !== undefined) return true
  if (field === 'tags' || field === 'serviceKind') return observed.place?.datacenter !== undefined
  return observed.layout === other.layout
}

function valueOf(observed: Observed, field: (typeof BESIDE)[number]): unknown {
  if (field === 'status') return observed.status === 'unknown' ? undefined : observed.status
  return field === 'tags' ? observed.tags?.toSorted() : observed[field]
}
