import type { Metadata } from '../model/instance.ts'
import type { LayoutName, Observed } from '../model/observed.ts'
import type { Stored } from './layout.ts'

/** What is seen of a record that lives by its lease: there it is, so it is up. */
export function leasedObserved(stored: Stored, layout: LayoutName, metadata: Metadata): Observed {
  const { lease, createdAt } = stored
  return {
    status: 'up',
    ...(lease === undefined ? { reason: 'no lease: nobody vouches for it' } : { lease }),
    ...weightAndEnv(metadata),
    ...(createdAt !== undefined && { registeredAt: createdAt }),
    layout,
  }
}

/** What a layout without fields for them keeps in the metadata. */
export function weightAndEnv(metadata: Metadata): { readonly weight?: number; readonly env?: string } {
  const weight = integer(metadata, 'weight')
  const env = Object.hasOwn(metadata, 'env') ? metadata['env'] : undefined
  return { ...(weight !== undefined && { weight }), ...(env && { env }) }
}

function integer(metadata: Metadata, key: string): number | undefined {
  const text = Object.hasOwn(metadata, key) ? metadata[key] : undefined
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
}
