import { RollcallError } from '../../model/errors.ts'
import type { Outcome, RawRecord } from '../../model/record.ts'
import { forEach } from './each.ts'
import type { Polaris } from './api.ts'
import { instanceOf } from './record.ts'
import { asSeen } from './seen.ts'
import { heartbeat } from './requests.ts'

/** A heartbeat for each record that is there and wants one, whatever else of it has changed. */
export async function renew(
  polaris: Polaris,
  records: readonly RawRecord[],
  signal: AbortSignal | undefined,
): Promise<Outcome[]> {
  const anyRevision = records.map(({ revision: _, ...record }) => record)
  const { unchanged, outcomes } = await asSeen(polaris, anyRevision, signal)
  const [beating, others] = [unchanged.filter(wantsHeartbeats), unchanged.filter((each) => !wantsHeartbeats(each))]
  const renewed = await forEach(beating, (record) => heartbeat(polaris, record, signal), signal)
  return [...outcomes, ...renewed, ...others.map(needsNone)]
}

function wantsHeartbeats(record: RawRecord): boolean {
  return instanceOf(record).ttl !== undefined
}

function needsNone({ id }: RawRecord): Outcome {
  const message = `${id} has no health check: there is nothing to renew`
  return { id, result: 'unsupported', error: new RollcallError('unsupported', message) }
}
