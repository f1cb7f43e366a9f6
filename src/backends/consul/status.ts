import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import { unlessAbsent } from './agent.ts'
import type { Consul } from './backend.ts'
import { collect, forEach } from './each.ts'
import { type HealthEntry, entryIn } from './entry.ts'
import { SERVICE_MAINTENANCE } from './health.ts'
import { ownedBy } from './own.ts'
import { settled } from './settle.ts'
import { anything } from './shapes.ts'

const CHOICE: Readonly<Partial<Record<Status, boolean>>> = { up: false, down: true, maintenance: true }

/** Maintenance mode on, with a reason, or off. */
export function setStatus(
  consul: Consul,
  records: readonly RawRecord[],
  status: Status,
  { reason, signal }: { readonly reason?: string; readonly signal?: AbortSignal },
): Promise<Outcome[]> {
  const enable = CHOICE[status]
  const one = async (record: RawRecord): Promise<Outcome['result']> => {
    if (enable === undefined)
      throw new RollcallError('unsupported', `Consul has no status "${status}" that could be set`, {
        hint: 'it can be put into maintenance, and back',
      })
    const { serviceId, owner } = await ownedBy(consul, record, signal)
    const answer = await consul.catalogue.agents.tell(`change the maintenance mode of "${serviceId}"`, () =>
      unlessAbsent(() =>
        owner.agent.ask(
          (client, common) =>
            client.agent.service.maintenance({ ...common, id: serviceId, enable, ...(reason ? { reason } : {}) }),
          anything,
          { signal },
        ),
      ),
    )
    if (!answer) return 'absent'
    const isSet = (entry: HealthEntry) => inMaintenance(entry) === enable || !isAt(entry, serviceId, owner.node)
    const name = entryIn(record.body)?.service ?? ''
    await settled(consul.catalogue, name, (entries) => entries.every(isSet), { signal, patience: consul.timeout })
    return 'done'
  }
  return collect(forEach(records, one, signal))
}

export function isAt({ Node: node, Service: service }: HealthEntry, serviceId: string, nodeName: string): boolean {
  return service.ID === serviceId && node.Node === nodeName
}

/** By itself: its node may be in maintenance as well. */
function inMaintenance({ Checks: checks }: HealthEntry): boolean {
  return checks.some(({ CheckID: id }) => id.startsWith(SERVICE_MAINTENANCE))
}
