import type { Outcome } from '../../model/record.ts'
import type { RestoreRecord } from '../contract/backend.ts'
import { changeEach, distinct, foreign } from './abreast.ts'
import type { Placed } from './api.ts'
import { type Member, readFamily } from './service-group.ts'
import type { Nacos } from './context.ts'
import { addressOf, groupedName } from './names.ts'
import { bodyOf } from './record.ts'
import { hostAt, isListed, servicesOf, settled } from './settle.ts'

/**
 * Registers again what is absent, service by service, disabled where it was. An ephemeral one lives until the server
 * misses its heartbeats.
 */
export async function* restore(
  nacos: Nacos,
  records: readonly RestoreRecord[],
  signal?: AbortSignal,
): AsyncGenerator<Outcome> {
  const written: Placed[] = []
  for (const own of byService(distinct(records))) {
    const family = await readFamily(nacos, servicesOf(own.flatMap(({ id }) => addressOf(id) ?? [])), signal)
    yield* await changeEach(own, (record) => putBack(nacos, record, family, written, signal), signal)
  }
  const services = servicesOf(written.map(({ address }) => address))
  await settled(nacos, services, (seen) => written.every((placed) => isListed(seen, placed)), signal)
}

/** Those that are no instances of Nacos together, too. */
function byService(records: readonly RestoreRecord[]): RestoreRecord[][] {
  const groups = new Map<string, RestoreRecord[]>()
  for (const record of records) {
    const address = addressOf(record.id)
    const key = address ? `${address.namespace}/${groupedName(address)}` : ''
    const own = groups.get(key)
    if (own) own.push(record)
    else groups.set(key, [record])
  }
  return [...groups.values()]
}

async function putBack(
  nacos: Nacos,
  record: RestoreRecord,
  family: readonly Member[],
  written: Placed[],
  signal?: AbortSignal,
): Promise<Outcome> {
  const { id } = record
  const [address, body] = [addressOf(id), bodyOf(record)]
  if (!address) return foreign(id)
  if (hostAt(family, address)) return { id, result: 'changed' }
  if (!body) return foreign(id)
  const placed = { address, host: body.host }
  await nacos.api.register(placed, signal)
  written.push(placed)
  return { id, result: 'done' }
}
