import type { AgentIdentity } from './agents.ts'
import type { ConsulContext } from './context.ts'
import { readEntry } from './entry.ts'
import { type ConsulRecord, heldRecord, recordId, recordOf } from './record.ts'

/** Services that are read at the same time: an agent takes 200 connections of a client. */
const AT_ONCE = 16

/** What the catalogue has under the ids of these records, by id. Reads the whole service of each. */
export async function currentRecords(
  { catalog, layout }: ConsulContext,
  records: readonly ConsulRecord[],
  signal?: AbortSignal,
): Promise<Map<string, ConsulRecord>> {
  const ids = new Set(records.map(({ id }) => id))
  const entries = records.map(({ body }) => readEntry(body))
  const services = [...new Map(entries.map((entry) => [`${entry.datacenter}/${entry.service}`, entry])).values()]
  const found = new Map<string, ConsulRecord>()
  for (let at = 0; at < services.length; at += AT_ONCE) {
    const some = services.slice(at, at + AT_ONCE)
    const snapshots = await Promise.all(
      some.map(({ datacenter, service }) => catalog.service(datacenter, service, { signal })),
    )
    for (const entry of snapshots.flatMap((snapshot) => snapshot.entries)) {
      const id = recordId(entry.Node.Datacenter, entry.Node.Node, entry.Service.ID)
      if (ids.has(id)) found.set(id, recordOf(entry, layout))
    }
  }
  return found
}

/** What is where a record is to be registered. */
export interface RecordPlace {
  /** Under its id with the agent, whatever its name: an agent knows services by their ids alone. */
  readonly there: ConsulRecord | undefined
  /** What the catalogue has under its name and id on other nodes. */
  readonly elsewhere: readonly ConsulRecord[]
}

/** `home`: the agent to register with. */
export async function lookAtPlace(
  { catalog, layout }: ConsulContext,
  { body }: ConsulRecord,
  home: AgentIdentity,
  signal?: AbortSignal,
): Promise<RecordPlace> {
  const { id, service } = readEntry(body)
  const held = await catalog.agents.service(home, id, signal)
  const { entries } = await catalog.service('', service, { signal })
  const same = entries.filter((entry) => entry.Service.ID === id).map((entry) => recordOf(entry, layout))
  const place = recordId(home.datacenter, home.node, id)
  const shown = held?.Service === service ? same.find((record) => record.id === place) : undefined
  return {
    there: held && (shown ?? heldRecord(held, home, layout)),
    elsewhere: same.filter((record) => record.id !== place),
  }
}
