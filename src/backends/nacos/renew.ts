import type { Outcome, RawRecord } from '../../model/record.ts'
import { changeEach, distinct, foreign, unsupported } from './abreast.ts'
import type { Nacos } from './context.ts'
import { addressOf } from './names.ts'
import { bodyOf } from './record.ts'

/** One heartbeat for each. */
export function renew(nacos: Nacos, records: readonly RawRecord[], signal?: AbortSignal): Promise<Outcome[]> {
  return changeEach(distinct(records), (record) => renewOne(nacos, record, signal), signal)
}

async function renewOne(nacos: Nacos, record: RawRecord, signal?: AbortSignal): Promise<Outcome> {
  const { id } = record
  const [address, body] = [addressOf(id), bodyOf(record)]
  if (!address || !body) return foreign(id)
  if (!body.host.ephemeral) return unsupported(id, `${id} is persistent: there is nothing to renew`)
  const { known } = await nacos.api.beat(address, signal)
  if (known) return { id, result: 'done' }
  const holder = await nacos.api.holder({ address, host: body.host }, signal)
  if (holder === undefined) return { id, result: 'absent' }
  return unsupported(id, `the gRPC client ${holder} holds ${id} by its connection: there is nothing to renew`)
}
