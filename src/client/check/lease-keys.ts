import type { Finding } from '../../lint/finding.ts'
import type { Client } from '../client.ts'

/** Findings whose leases are looked up together. */
const BATCH = 250
/** Other keys named in a finding: enough to recognise the process by, of thousands on one lease. */
const NAMED = 20

/** Some keys of each lease: one more than are named, because a finding's own key may be among them. */
type SomeKeys = ReadonlyMap<string, readonly string[]>

/** Adds to each finding other keys on its lease: what else the culprit's process has registered. */
export async function* withLeaseKeys(
  client: Client,
  findings: AsyncIterable<readonly Finding[]>,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<readonly Finding[], void, undefined> {
  const crowded = new Map<string, readonly string[]>()
  const complete = async (batch: readonly Finding[]) => {
    const keys = await keysOf(client, batch, crowded, options)
    return batch.map((finding) => named(finding, keys))
  }
  let waiting: Finding[] = []
  for await (const some of findings) {
    waiting.push(...some)
    for (; waiting.length >= BATCH; waiting = waiting.slice(BATCH)) yield await complete(waiting.slice(0, BATCH))
  }
  yield await complete(waiting)
}

/** Keys of crowded leases are remembered, because the registry returns all of them on each request. */
async function keysOf(
  { backend }: Client,
  findings: readonly Finding[],
  crowded: Map<string, readonly string[]>,
  { signal }: { readonly signal?: AbortSignal },
): Promise<SomeKeys> {
  const leases = new Set(findings.flatMap(({ lease }) => lease ?? []))
  const unknown = [...leases].filter((lease) => !crowded.has(lease))
  const states = unknown.length > 0 ? await backend.leases?.(unknown, { signal }) : undefined
  const some = new Map<string, readonly string[]>()
  for (const lease of leases) {
    const keys = crowded.get(lease) ?? states?.get(lease)?.keys.slice(0, NAMED + 1) ?? []
    some.set(lease, keys)
    if (keys.length > NAMED) crowded.set(lease, keys)
  }
  return some
}

function named(finding: Finding, keys: SomeKeys): Finding {
  const others = keys.get(finding.lease ?? '')?.filter((key) => key !== finding.key) ?? []
  return others.length === 0 ? finding : { ...finding, otherKeys: others.slice(0, NAMED) }
}
