import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Consul } from './backend.ts'
import type { Picture } from './catalogue.ts'
import { collect, forEach } from './each.ts'
import { type Entry, type HealthEntry, entryIn } from './entry.ts'
import { deregister } from './held.ts'
import { isAt } from './status.ts'
import { settled } from './settle.ts'

/** Removed between two readings of their service. */
const BATCH = 100

/** Consul compares nothing: each service is read again just before, and what is not as it was seen is left. */
export async function* remove(
  consul: Consul,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): AsyncGenerator<Outcome> {
  signal?.throwIfAborted()
  for (const batch of batchesOf(records)) {
    const outcomes = await removeFromOne(consul, batch, signal)
    for (const outcome of outcomes) yield outcome
  }
}

/** Records of one service of one data centre each. */
function batchesOf(records: readonly RawRecord[]): RawRecord[][] {
  const groups = new Map<string, RawRecord[]>()
  for (const record of records) {
    const entry = entryIn(record.body)
    const key = `${entry?.datacenter ?? ''}/${entry?.service ?? ''}`
    const some = groups.get(key)
    if (some) some.push(record)
    else groups.set(key, [record])
  }
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / BATCH) }, (_, at) => group.slice(at * BATCH, (at + 1) * BATCH)),
  )
}

async function removeFromOne(consul: Consul, batch: readonly RawRecord[], signal?: AbortSignal): Promise<Outcome[]> {
  const toldAgent: Entry[] = []
  let picture: Promise<Picture> | undefined
  const one = async (record: RawRecord): Promise<Outcome['result']> => {
    const entry = entryIn(record.body)
    if (!entry?.node || record.revision === undefined) throw neverRead(record)
    picture ??= consul.catalogue.service(entry.datacenter, entry.service, { signal })
    const now = (await picture).entries.find((each) => isAt(each, entry.id, entry.node))
    if (!now) return 'absent'
    if (String(now.Service.ModifyIndex) !== record.revision) return 'changed'
    if (await removeByOwner(consul, entry, signal)) toldAgent.push(entry)
    else await removeFromCatalogue(consul, entry, signal)
    return 'done'
  }
  const outcomes = await collect(forEach(batch, one, signal))
  const [first] = toldAgent
  const isLeft = (entry: HealthEntry) => toldAgent.some(({ id, node }) => isAt(entry, id, node))
  if (first)
    await settled(consul.catalogue, first.service, (entries) => !entries.some(isLeft), {
      signal,
      patience: consul.timeout,
    })
  return outcomes
}

/** False: its agent is not the one that is asked, or knows nothing of it. */
async function removeByOwner(
  { catalogue }: Consul,
  { datacenter, node, id }: Entry,
  signal?: AbortSignal,
): Promise<boolean> {
  const owner = await catalogue.agents.of(datacenter, node, signal)
  if (!owner) return false
  return await catalogue.agents.tell(`deregister "${id}"`, () => deregister(owner, id, signal))
}

/** The package's own call leaves out the data centre, and would remove a namesake in another one. */
async function removeFromCatalogue(
  { catalogue }: Consul,
  { datacenter, node, id }: Entry,
  signal?: AbortSignal,
): Promise<void> {
  const body = JSON.stringify({ Datacenter: datacenter, Node: node, ServiceID: id })
  await catalogue.agents.read(`deregister "${id}"`, (agent) => agent.put('/catalog/deregister', body, { signal }))
}

function neverRead({ id }: RawRecord): RollcallError {
  return new RollcallError('usage', `"${id}" was never read, so nothing can be compared with it`, {
    hint: 'read it first, and remove what was read',
  })
}
