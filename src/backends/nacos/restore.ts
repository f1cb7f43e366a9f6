import type { Outcome } from '../../model/record.ts'
import type { RestoreRecord } from '../backend.ts'
import { changeEach, distinct, foreign } from './abreast.ts'
import type { Placed } from './api.ts'
import { type Member, readFamily } from './family.ts'
import type { Nacos } from './nacos.ts'
import { addressOf } from './names.ts'
import { bodyOf } from './record.ts'
import { hostAt, isListed, servicesOf, settled } from './settle.ts'

/** Put back between two reads of their services. */
const BATCH = 100

/** Registers again what is absent, disabled where it was. An ephemeral one lives until the server misses its heartbeats. */
export async function* restore(
  nacos: Nacos,
  records: readonly RestoreRecord[],
  signal?: AbortSignal,
): AsyncGenerator<Outcome> {
  const all = distinct(records)
  for (let at = 0; at < all.length; at += BATCH) {
    const batch = all.slice(at, at + BATCH)
    const services = servicesOf(batch.flatMap(({ id }) => addressOf(id) ?? []))
    const family = await readFamily(nacos, services, signal)
    const written: Placed[] = []
    yield* await changeEach(batch, (record) => putBack(nacos, record, family, written, signal), signal)
    await settled(nacos, services, (seen) => written.every((placed) => isListed(seen, placed)), signal)
  }
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
