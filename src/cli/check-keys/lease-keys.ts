import type { Client } from '../../client/client.ts'
import type { Finding } from '../../lint/finding.ts'
import type { Context } from '../context.ts'

/** Findings whose leases are looked up together. */
const BATCH = 250
/** Other keys named in a finding: enough to know the process by, where thousands of findings share a lease. */
const NAMED = 20

/** Adds to each finding other keys on its lease: what else the culprit's process has registered. */
export async function* withLeaseKeys(
  context: Context,
  client: Client,
  findings: AsyncIterable<Finding>,
): AsyncGenerator<Finding> {
  let batch: Finding[] = []
  for await (const finding of findings) {
    batch.push(finding)
    if (batch.length < BATCH) continue
    yield* await complete(context, client, batch)
    batch = []
  }
  yield* await complete(context, client, batch)
}

async function complete(context: Context, client: Client, findings: readonly Finding[]): Promise<readonly Finding[]> {
  const leases = new Set(findings.flatMap((finding) => finding.lease ?? []))
  if (leases.size === 0 || !client.backend.leases) return findings
  const states = await client.backend.leases([...leases], { signal: context.signal })
  return findings.map((finding) => {
    const others = states.get(finding.lease ?? '')?.keys.filter((key) => key !== finding.key) ?? []
    return others.length === 0 ? finding : { ...finding, otherKeys: others.slice(0, NAMED) }
  })
}
