import { formatDuration } from '../model/duration.ts'
import type { Observed } from '../model/observed.ts'
import { STATUSES, type Status, statusOf } from '../model/status.ts'
import type { GoFields } from './go-json.ts'
import { GO_ZERO_TIME } from './go-time.ts'
import type { AIO } from './aio-value.ts'
import type { DecodeOptions } from './layout.ts'

/** The statuses that AIO stores; it has no words for rollcall's other statuses. */
const STORED: ReadonlySet<Status> = new Set(['up', 'down', 'starting', 'stopping', 'maintenance', 'unhealthy'])

/** Whether AIO has a word for this status. */
export function isAioStatus(status: Status): boolean {
  return STORED.has(status)
}

/** AIO's statuses in the order of ours. */
export const AIO_STATUSES: readonly Status[] = STATUSES.filter(isAioStatus)

interface Liveness {
  readonly status: Status
  readonly reason?: string
  readonly until?: number
}

/** The status of an AIO record's instance at this time. */
export function aioObserved(
  fields: GoFields<typeof AIO>,
  options: DecodeOptions,
): { observed: Observed; until?: number } {
  const { until, ...liveness } = livenessOf(fields, options)
  const registeredAt = timeOf(fields.register_time)
  const startedAt = timeOf(fields.start_time)
  const renewedAt = timeOf(fields.last_renew_time)
  const offlineAt = timeOf(fields.offline_time)
  const observed: Observed = {
    ...liveness,
    ...(fields.weight !== undefined && { weight: fields.weight }),
    ...(fields.env && { env: fields.env }),
    ...(registeredAt !== undefined && { registeredAt }),
    ...(startedAt !== undefined && { startedAt }),
    ...(renewedAt !== undefined && { renewedAt }),
    ...(offlineAt !== undefined && { offlineAt }),
    layout: 'aio',
  }
  return until === undefined ? { observed } : { observed, until }
}

function livenessOf(fields: GoFields<typeof AIO>, { now, aioTtl }: DecodeOptions): Liveness {
  const word = fields.status ?? ''
  const status = statusOf(word)
  if (status === undefined || !isAioStatus(status))
    return { status: 'unknown', reason: word === '' ? 'no status' : `status "${word}"` }
  if (status !== 'up') return { status }
  const renewed = timeOf(fields.last_renew_time)
  const alive = renewed ?? timeOf(fields.register_time)
  if (alive === undefined) return { status: 'expired', reason: 'up, but never renewed' }
  if (now - alive <= aioTtl) return { status, until: alive + aioTtl + 1 }
  const how = renewed === undefined ? 'never renewed in' : 'not renewed for'
  return { status: 'expired', reason: `up, but ${how} ${formatDuration(now - alive)}` }
}

function timeOf(time: number | undefined): number | undefined {
  return time === GO_ZERO_TIME ? undefined : time
}
