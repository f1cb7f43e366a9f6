import { formatDuration } from '../../model/duration.ts'
import { originOf, quoted } from '../finding.ts'
import { hashes, hashOf } from '../hashes.ts'
import type { Fold, FoldHit, FoldRule, FindingOrigin, RecordRule, Subject } from '../rule.ts'

const AIO = ['aio'] as const
const DAY = 86_400_000
/** Milliseconds by which honest clocks differ. */
const SKEW = 5_000
const KEY = '/aio/registry/user-service/user-service-1a2b3c4d5e6f7081\n'

const sharedId: FoldRule = {
  code: 'RC1501',
  severity: 'warning',
  title: 'one id under two names',
  cause:
    'AIO looks instances up by id alone, under any name: a record was copied to another service, or two programs choose the same id. ' +
    'Renewing or removing by id hits either of them.',
  fix: 'leave the id to AIO (it holds the name), and deregister the record that is wrong',
  good: '/aio/registry/pay/pay-1\n{"id":"pay-1","name":"pay",…}\n/aio/registry/cart/cart-1\n{"id":"cart-1","name":"cart",…}',
  bad: '/aio/registry/cart/node-1\n{"id":"node-1","name":"cart",…}\n/aio/registry/pay/node-1\n{"id":"node-1","name":"pay",…}',
  layouts: AIO,
  begin: beginIds,
}

const unknownStatus: RecordRule = {
  code: 'RC1502',
  severity: 'warning',
  title: 'unknown status',
  cause: 'The status was edited by hand, or a program writes words of its own. AIO counts it as offline.',
  fix: 'use up, down, starting, stopping, maintenance or unhealthy: rollcall online <target> or offline <target>',
  good: `${KEY}{…,"status":"up"}`,
  bad: `${KEY}{…,"status":"resting"}`,
  layouts: AIO,
  flagsOrdinary: false,
  check({ reading }) {
    if (reading.is !== 'instance' || reading.observed.status !== 'unknown') return []
    return [{ message: `AIO does not know the status${reading.observed.reason ? `: ${reading.observed.reason}` : ''}` }]
  },
}

const fromTheFuture: RecordRule = {
  code: 'RC1503',
  severity: 'warning',
  title: 'renewed in the future',
  cause:
    'The clock of the machine that renews it runs ahead (or ours behind), or the time was edited. ' +
    'When the process dies, the record stays up that much longer.',
  fix: 'set the clock of the host (NTP)',
  good: `${KEY}{…,"last_renew_time":"2026-11-21T05:00:10Z"} read at 05:00:12`,
  bad: `${KEY}{…,"last_renew_time":"2026-11-21T06:00:10Z"} read at 05:00:12`,
  layouts: AIO,
  flagsOrdinary: false,
  check({ reading, now }) {
    const renewedAt = reading.is === 'instance' ? reading.observed.renewedAt : undefined
    if (renewedAt === undefined || renewedAt <= now + SKEW) return []
    return [{ message: `the last renewal is ${formatDuration(renewedAt - now)} ahead` }]
  },
}

const neverRenewed: RecordRule = {
  code: 'RC1504',
  severity: 'info',
  title: 'never renewed',
  cause: 'Registered by hand or by a script, or the process died before its first heartbeat.',
  fix: 'let the process renew it, or deregister it',
  good: `${KEY}{…,"last_renew_time":"2026-11-21T05:00:10Z"}`,
  bad: `${KEY}{…,"last_renew_time":"0001-01-01T00:00:00Z"}`,
  layouts: AIO,
  flagsOrdinary: false,
  check: ({ reading }) =>
    reading.is === 'instance' && reading.observed.renewedAt === undefined
      ? [{ message: 'the record was never renewed' }]
      : [],
}

const leftBehind: RecordRule = {
  code: 'RC1505',
  severity: 'info',
  title: 'offline or expired for days',
  cause: 'AIO marks an instance as down and never deletes it: the process went away without unregistering.',
  fix: 'rollcall purge removes what is down or long expired',
  good: `${KEY}{…,"status":"up","last_renew_time":"2026-11-21T05:00:10Z"} read at 05:00:12`,
  bad: `${KEY}{…,"status":"down","offline_time":"2026-11-01T05:01:00Z"} read three weeks later`,
  layouts: AIO,
  flagsOrdinary: false,
  check({ reading, now }) {
    if (reading.is !== 'instance') return []
    const { status, offlineAt, renewedAt, registeredAt } = reading.observed
    const lastSeen = renewedAt ?? registeredAt
    const since = status === 'expired' ? lastSeen : status === 'down' ? (offlineAt ?? lastSeen) : undefined
    if (since === undefined || now - since < 2 * DAY) return []
    return [{ message: `${status === 'down' ? 'offline' : 'expired'} for ${formatDuration(now - since)}` }]
  },
}

export const AIO_RULES: readonly (RecordRule | FoldRule)[] = [
  sharedId,
  unknownStatus,
  fromTheFuture,
  neverRenewed,
  leftBehind,
]

interface Holder {
  readonly service: string
  readonly origin: FindingOrigin
  told: boolean
}

/** 8 bytes a record: ids seen twice anywhere, which the second look tells apart by name. */
function beginIds(): Fold {
  const seen = hashes()
  let repeated = new Set<number>()
  const holders = new Map<string, Holder>()
  return {
    add(subject) {
      if (subject.reading.is === 'instance') seen.add(subject.reading.instance.id)
      return []
    },
    end() {
      repeated = seen.repeated()
      seen.clear()
      return repeated.size > 0 ? 'all' : []
    },
    again(subject) {
      if (subject.reading.is !== 'instance' || !repeated.has(hashOf(subject.reading.instance.id))) return []
      return compare(subject, subject.reading.instance.id, holders)
    },
  }
}

function compare(subject: Subject, id: string, holders: Map<string, Holder>): FoldHit[] {
  const first = holders.get(id)
  const own: Holder = { service: subject.service, origin: originOf(subject), told: false }
  if (first === undefined) holders.set(id, own)
  if (first === undefined || first.service === own.service) return []
  return [...tell(first, own), ...tell(own, first)]
}

function tell(holder: Holder, other: Holder): FoldHit[] {
  if (holder.told) return []
  holder.told = true
  return [{ origin: holder.origin, message: `the id is also under ${quoted(other.service)}` }]
}
