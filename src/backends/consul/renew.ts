import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { unlessAbsent } from './agent.ts'
import type { Identity } from './agents.ts'
import type { Consul } from './backend.ts'
import { collect, forEach } from './each.ts'
import { entryIn } from './entry.ts'
import { ttlCheck } from './health.ts'
import { ownedBy } from './own.ts'
import { anything } from './shapes.ts'

/** What Kratos' heartbeats say: the same words make no change in the catalogue. */
const NOTE = 'pass'

/** Passes the TTL check of each. */
export function renew(consul: Consul, records: readonly RawRecord[], signal?: AbortSignal): Promise<Outcome[]> {
  const one = async (record: RawRecord): Promise<Outcome['result']> => {
    const entry = entryIn(record.body)
    const check = entry && ttlCheck(entry)
    if (!check)
      throw new RollcallError(
        'unsupported',
        `"${entry?.id ?? record.id}" has no TTL check: Consul looks at it by itself`,
        {
          hint: 'there is nothing to renew',
        },
      )
    const { owner } = await ownedBy(consul, record, signal)
    const doing = `pass the check "${check.id}"`
    return (await consul.catalogue.agents.tell(doing, () => pass(owner, check.id, signal))) ? 'done' : 'absent'
  }
  return collect(forEach(records, one, signal))
}

/** Whether there was such a check. */
export async function pass({ agent }: Identity, check: string, signal?: AbortSignal): Promise<boolean> {
  const answer = await unlessAbsent(() =>
    agent.ask((consul, common) => consul.agent.check.pass({ ...common, id: check, note: NOTE }), anything, { signal }),
  )
  return answer !== undefined
}
