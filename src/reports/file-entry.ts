import { checkedDescription } from './description.ts'
import { RollcallError } from '../model/errors.ts'
import { generateInstanceId } from '../model/instance-id.ts'
import { ServiceInstance } from '../model/instance.ts'
import { LAYOUTS, type Observed, type Place } from '../model/observed.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { statusOf } from '../model/status.ts'
import { advice } from '../model/wording.ts'

/**
 * The instance that an item of a file describes, as a registry's entry: what `ls` and `export` print, or what `register -f` takes.
 * Leases, keys and owners belong to the registry that it came from and are left out. @throws RollcallError `usage`, beginning with `where`
 */
export function entryFrom(item: unknown, where: string): InstanceEntry {
  const description = checkedDescription(item, where)
  const { name, endpoints, env, weight } = description
  const id = description.id ?? generateInstanceId(name, endpoints, env)
  for (const [what, text] of [
    ['name', name],
    ['id', id],
  ]) {
    if (text !== '') continue
    throw new RollcallError('usage', `${where}: ${what} is empty`, { hint: 'each instance of a service has one' })
  }
  const observed = {
    ...besideOf(item as Readonly<Record<string, unknown>>, where),
    ...(weight !== undefined && { weight }),
    ...(env !== undefined && { env }),
  }
  return {
    is: 'instance',
    service: name,
    instance: ServiceInstance.from({ ...description, id }),
    observed,
    records: [],
  }
}

function besideOf(item: Readonly<Record<string, unknown>>, where: string): Observed {
  const { status, reason, tags, serviceKind, layout, registeredAt, place } = item
  const registered = typeof registeredAt === 'string' ? Date.parse(registeredAt) : Number.NaN
  const known = [...LAYOUTS, 'service' as const].find((name) => name === layout)
  return {
    status: status === undefined ? 'unknown' : statusFrom(status, where),
    ...(typeof reason === 'string' && { reason }),
    ...(tags !== undefined && { tags: textsFrom(tags, where) }),
    ...(typeof serviceKind === 'string' && { serviceKind }),
    ...(known && { layout: known }),
    ...(isPlace(place) && { place }),
    ...(!Number.isNaN(registered) && { registeredAt: registered }),
  }
}

function isPlace(value: unknown): value is Place {
  return typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string')
}

function statusFrom(value: unknown, where: string): Observed['status'] {
  const status = typeof value === 'string' ? statusOf(value) : undefined
  if (status) return status
  throw new RollcallError('usage', `${where}: status is not a status`, {
    hint: `the fields are those of ${advice('fields')}`,
  })
}

function textsFrom(value: unknown, where: string): readonly string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value
  throw new RollcallError('usage', `${where}: tags is not a list of texts`, {
    hint: `the fields are those of ${advice('fields')}`,
  })
}
