import type { Metadata } from '../model/instance.ts'
import type { LayoutName, Observed } from '../model/observed.ts'
import type { Stored } from './layout.ts'
import type { Writable } from '../model/writable.ts'

/** What is seen of a record that lives by its lease: there it is, so it is up. */
export function leasedObserved(stored: Stored, layout: LayoutName, metadata: Metadata): Observed {
  const { lease, createdAt, owner } = stored
  const weight = weightIn(metadata)
  const env = envIn(metadata)
  const observed: Writable<Observed> = { status: 'up', layout }
  if (lease === undefined) observed.reason = 'no lease: nothing shows that it is alive'
  else observed.lease = lease
  if (weight !== undefined) observed.weight = weight
  if (env) observed.env = env
  if (owner !== undefined) observed.owner = owner
  if (createdAt !== undefined) observed.registeredAt = createdAt
  return observed
}

/** What a layout without fields for them keeps in the metadata. */
export function weightAndEnv(metadata: Metadata): { readonly weight?: number; readonly env?: string } {
  const weight = weightIn(metadata)
  const env = envIn(metadata)
  const found: { weight?: number; env?: string } = {}
  if (weight !== undefined) found.weight = weight
  if (env) found.env = env
  return found
}

function envIn(metadata: Metadata): string | undefined {
  return Object.hasOwn(metadata, 'env') ? metadata['env'] : undefined
}

/** As Kratos' clients read it, with Go's `strconv.ParseInt(…, 10, 64)`; for what that refuses they take their own 100. */
function weightIn(metadata: Metadata): number | undefined {
  const text = Object.hasOwn(metadata, 'weight') ? metadata['weight'] : undefined
  if (text === undefined || !/^[+-]?\d+$/.test(text)) return undefined
  const weight = BigInt(text.replace('+', ''))
  return BigInt.asIntN(64, weight) === weight ? Number(weight) : undefined
}
