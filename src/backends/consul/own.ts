import { RollcallError } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Identity } from './agents.ts'
import type { Consul } from './backend.ts'
import { entryIn } from './entry.ts'

/** A record, and the agent that it was registered with. */
export interface Owned {
  readonly serviceId: string
  readonly owner: Identity
}

/** Whether the agents of all of these are among those that the URL names. */
export async function areOwned(
  { catalogue }: Consul,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): Promise<boolean> {
  await catalogue.agents.identities(signal)
  return records.every(({ body }) => {
    const entry = entryIn(body)
    return entry !== undefined && catalogue.agents.isNamed(entry.datacenter, entry.node)
  })
}

/** Heartbeats and maintenance are an agent's own affair. Throws `unsupported` when another one has the record. */
export async function ownedBy({ catalogue }: Consul, { body }: RawRecord, signal?: AbortSignal): Promise<Owned> {
  const entry = entryIn(body)
  if (!entry?.node) throw new RollcallError('usage', 'the record was never read from Consul')
  const { id, node, datacenter } = entry
  const owner = await catalogue.agents.of(datacenter, node, signal)
  if (owner) return { serviceId: id, owner }
  if ((await catalogue.agents.identities(signal)).length === 0) await catalogue.agents.home(signal)
  throw new RollcallError('unsupported', `"${id}" belongs to the agent on node ${node}`, {
    hint: `connect to that agent: consul://<address of ${node}>:8500`,
  })
}
