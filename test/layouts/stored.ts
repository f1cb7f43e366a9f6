import type { DecodeOptions, Stored } from '../../src/layouts/layout.ts'

/** When all these tests happen. */
export const NOW = Date.parse('2026-11-21T05:00:15Z')

export const options: DecodeOptions = { now: NOW, aioTtl: 30_000 }

/** A record as a store hands it over; leased unless told otherwise. */
export function stored(
  key: string | Uint8Array,
  value: string | Uint8Array,
  {
    prefix = '/microservices',
    lease = '7587',
    ...rest
  }: Partial<Omit<Stored, 'lease'>> & { lease?: string | null } = {},
): Stored {
  return { key: bytes(key), value: bytes(value), prefix, ...(lease !== null && { lease }), ...rest }
}

/** The first segments of a key, as the stores know their prefixes. */
export function prefixOf(key: string): string {
  return ['/aio/registry', '/services'].find((prefix) => key.startsWith(`${prefix}/`)) ?? '/microservices'
}

function bytes(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text
}
