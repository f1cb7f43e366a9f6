import type { InstanceToRegister, WriteOptions } from '../../backends/contract/backend.ts'
import { RollcallError } from '../../model/errors.ts'
import type { InstanceEntry } from '../../model/reading.ts'
import type { LayoutName } from '../../model/observed.ts'
import { readTogether } from '../merge.ts'
import type { Source } from '../source.ts'
import { contentOf } from '../../reports/content.ts'

/** A field of an instance that another registry may have no place for. */
export type CarriedField =
  | 'id'
  | 'version'
  | 'metadata'
  | 'endpoints'
  | 'weight'
  | 'env'
  | 'status'
  | 'tags'
  | 'serviceKind'

/** An instance of one registry as another will have it. */
export interface Carried {
  readonly wanted: InstanceToRegister
  /** Under which the other registry lists it. */
  readonly service: string
  readonly id: string
  /** What the other registry will say of it; see `contentOf`. */
  readonly content: () => string
  readonly layout: LayoutName | 'service' | undefined
  /** Of its records, as far as they are known before it is written. */
  readonly keys: readonly string[]
  /** What it has no place for. */
  readonly lost: readonly CarriedField[]
}

type CarryOptions = Pick<WriteOptions, 'layout' | 'ttl' | 'settings'>

/**
 * The instance as registering it in `to` would store it, read back. A status goes with it where the layout holds one; elsewhere, and where it
 * is only the opinion of the registry that it comes from, it is lost.
 * @throws RollcallError `usage` where it cannot be stored at all
 */
export function carriedTo(
  to: Pick<Source, 'backend' | 'now'>,
  entry: InstanceEntry,
  options: CarryOptions = {},
): Carried {
  const { instance, observed } = entry
  const { weight, env } = observed
  const { layout, ttl, settings } = options
  const status = statusToWrite(to, entry)
  const withStatus = status && tried(() => to.backend.encode(instance, { layout, ttl, settings, weight, env, status }))
  const encoded = withStatus ?? to.backend.encode(instance, { layout, ttl, settings, weight, env })
  const back = readTogether(to, encoded) ?? entry
  const lost = lostOf(entry, back)
  if (!withStatus && observed.status !== 'up' && observed.status !== 'unknown') lost.push('status')
  return {
    wanted: {
      instance,
      weight,
      env,
      status: withStatus && status,
      encoded: layout === undefined ? encoded : undefined,
    },
    service: back.service,
    id: back.instance.id,
    content: () => contentOf(back),
    layout: back.observed.layout,
    keys: encoded.map((record) => record.id),
    lost,
  }
}

function statusToWrite({ backend }: Pick<Source, 'backend'>, { observed: { status } }: InstanceEntry) {
  if (status === 'up' || status === 'unknown' || status === 'expired') return undefined
  return backend.capabilities('auto').monitor ? status : undefined
}

function tried<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if (error instanceof RollcallError && error.code === 'usage') return undefined
    throw error
  }
}

/** The fields of `given` that `back` has not, or has otherwise. What else `back` says, as a default of its registry, loses nothing. */
function lostOf(given: InstanceEntry, back: InstanceEntry): CarriedField[] {
  const [a, b] = [given.instance, back.instance]
  const [seen, shown] = [given.observed, back.observed]
  const lost: CarriedField[] = []
  if (a.id !== b.id) lost.push('id')
  if (a.version !== b.version && a.version !== '') lost.push('version')
  if (!Object.entries(a.metadata).every(([key, value]) => b.metadata[key] === value)) lost.push('metadata')
  if (!a.endpoints.every((endpoint) => b.endpoints.includes(endpoint))) lost.push('endpoints')
  if (seen.weight !== undefined && seen.weight !== shown.weight) lost.push('weight')
  if (seen.env !== undefined && seen.env !== shown.env) lost.push('env')
  if (seen.tags?.some((tag) => shown.tags?.includes(tag) !== true)) lost.push('tags')
  if (seen.serviceKind !== undefined && seen.serviceKind !== shown.serviceKind) lost.push('serviceKind')
  return lost
}
