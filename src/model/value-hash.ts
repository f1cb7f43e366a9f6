import { createHash } from 'node:crypto'

/** Of a value as it is stored: `sha256:` and hexadecimal digits. */
export function valueHash(value: Uint8Array | object): string {
  const bytes = value instanceof Uint8Array ? value : JSON.stringify(value, sorted)
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
