import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import type { Placed } from './api.ts'
import { changeEach, distinct, foreign, unsupported } from './abreast.ts'
import { readFamily } from './service-group.ts'
import { sayTheSame } from './host.ts'
import type { Nacos } from './context.ts'
import { addressOf } from './names.ts'
import { hostAt, isListed, servicesOf, settled } from './settle.ts'

/** Disables instances, or enables them again. Nacos replaces what it is not told, so it is told all that they say. */
export async function setStatus(
  nacos: Nacos,
  records: readonly RawRecord[],
  status: Status,
  signal?: AbortSignal,
): Promise<Outcome[]> {
  const services = servicesOf(records.flatMap(({ id }) => addressOf(id) ?? []))
  const family = await readFamily(nacos, services, signal)
  const changed: Placed[] = []
  const change = async ({ id }: RawRecord): Promise<Outcome> => {
    const address = addressOf(id)
    if (!address) return foreign(id)
    const host = hostAt(family, address)
    if (!host) return { id, result: 'absent' }
    const refusal = refusalOf(id, status, host.weight)
    if (refusal) return refusal
    const wanted = { address, host: { ...host, enabled: status === 'up' } }
    if (!sayTheSame(host, wanted.host)) await nacos.api.update(wanted, signal)
    changed.push(wanted)
    return { id, result: 'done' }
  }
  const outcomes = await changeEach(distinct(records), change, signal)
  await settled(nacos, services, (seen) => changed.every((each) => isListed(seen, each)), signal)
  return outcomes
}

function refusalOf(id: string, status: Status, weight: number): Outcome | undefined {
  if (status !== 'up' && status !== 'down') return unsupported(id, `${id} can be up or down, and not ${status}`)
  if (status === 'down' || weight > 0) return undefined
  return unsupported(id, `${id} has the weight 0: enabled it would still get no traffic`, 'register it with a weight')
}
