import type { InstanceEntry } from '../model/reading.ts'

const PARTS = ['version', 'metadata', 'endpoints', 'weight', 'env'] as const

/**
 * What is said of an instance, apart from its service and id, as a text: equal for two that say the same, whatever the order of their
 * metadata and endpoints. Status, times and leases are no part of it: they are the registry's, and differ between any two.
 */
export function contentOf({ instance, observed }: InstanceEntry): string {
  const { version, metadata, endpoints } = instance
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([
    version,
    sorted,
    endpoints.length > 1 ? endpoints.toSorted() : endpoints,
    observed.weight ?? null,
    observed.env ?? null,
  ])
}

/** The names of what two contents say differently. */
export function differencesOf(a: string, b: string): string[] {
  const [left, right]: unknown[][] = [JSON.parse(a), JSON.parse(b)]
  return PARTS.filter((_, at) => JSON.stringify(left?.[at]) !== JSON.stringify(right?.[at]))
}
