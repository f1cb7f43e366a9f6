import type { Client } from '../../client/client.ts'
import type { Finding } from '../../lint/finding.ts'
import type { Context } from '../context.ts'

/** Findings whose leases are looked up together. */
const BATCH = 250
/** Other keys named in a finding: enough to know the process by, where thousands of records hang on a lease. */
const NAMED = 20

/** Some keys of each lease: one more than are named, because a finding's own key may be among them. */
type SomeKeys = ReadonlyMap<string, readonly string[]>

/** Adds to each finding other keys on its lease: what else the culprit's process has registered. */
export async function* withLeaseKeys(
  context: Context,
  client: Client,
  findings: AsyncIterable<Finding>,
): AsyncGenerator<Finding> {
  const crowded = new Map<string, readonly string[]>()
  const complete = async (batch: readonly Finding[]) => {
    const keys = await keysOf(context, client, batch, crowded)
    return batch.map((finding) => named(finding, keys))
  }
  let batch: Finding[] = []
  for await (const finding of findings) {
    batch.push(finding)
    if (batch.length < BATCH) continue
    yield* await complete(batch)
    batch = []
  }
  yield* await complete(batch)
}

/** Leases on which many keys hang are remembered: all of them are told anew each time one is asked for. */
async function keysOf(
  { signal }: Context,
  { backend }: Client,
  findings: readonly Finding[],
  crowded: Map<string, readonly string[]>,
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
