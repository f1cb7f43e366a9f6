import type { RawRecord } from '../../model/record.ts'
import type { Consul } from './backend.ts'
import { entryIn } from './entry.ts'
import { RequestFailure } from './failure.ts'

/** The same records, with whether their own agents hold them, of the agents that the URL names. */
export async function examine(
  { catalogue }: Consul,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): Promise<RawRecord[]> {
  await catalogue.agents.identities(signal)
  return await Promise.all(
    records.map(async (record) => {
      const entry = entryIn(record.body)
      const owner = entry && (await catalogue.agents.of(entry.datacenter, entry.node, signal))
      if (!owner) return record
      const held = await owner.agent.service(entry.id, signal).catch(unlessUntold)
      if (held === 'untold') return record
      return { ...record, body: Object.assign({}, record.body, { AgentHasIt: held !== undefined }) }
    }),
  )
}

/** An agent that does not say is no reason to fail: it is only an addition. */
function unlessUntold(error: unknown): 'untold' {
  if (error instanceof RequestFailure) return 'untold'
  throw error
}
