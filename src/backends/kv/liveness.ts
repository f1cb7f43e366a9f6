import { formatDuration } from '../../model/duration.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Aftermath } from '../contract/backend.ts'

/** TTLs without a renewal after which an AIO record is dead: a single one may be due to a slow network. */
const DEAD_AFTER_TTLS = 10

/**
 * Why an instance is dead, as one sentence; undefined when it is not. Only AIO records that were not renewed for long can
 * be:
 * `down` alone may be what an operator has just set, and leased records expire on their own. `now` and `aioTtl` in
 * milliseconds.
 */
export function dead(
  { observed }: InstanceEntry,
  { now, aioTtl }: { now: number; aioTtl: number },
): string | undefined {
  if (observed.layout !== 'aio') return undefined
  if (observed.status !== 'down' && observed.status !== 'expired') return undefined
  const { renewedAt, registeredAt } = observed
  const since = Math.max(renewedAt ?? -Infinity, registeredAt ?? -Infinity)
  if (since === -Infinity || now - since <= DEAD_AFTER_TTLS * aioTtl) return undefined
  return `${observed.status === 'down' ? 'down, and ' : ''}not renewed for ${formatDuration(now - since)}`
}

/** What other programs do when their record is removed while they run. Source: their own registries, run and read. */
const OTHERS: Readonly<Record<string, Aftermath>> = {
  'go-zero': {
    comesBack: true,
    note: 'its process, if still running, writes it again at once (go-zero 1.9 and newer)',
  },
  Kitex: { comesBack: true, note: 'its process, if still running, writes it again within 30s' },
  'go-micro': { comesBack: false, note: 'its process, if still running, never writes it again: restart it' },
  Curator: { comesBack: false, note: 'its process, if still running, stays unregistered until it opens a new session' },
  Dubbo: { comesBack: false, note: 'its process, if still running, stays unregistered until it opens a new session' },
}

/** What follows when a record is removed. Source: the registries of Kratos and AIO, as described in docs/backends/etcd.md. */
export function aftermath(record: RawRecord, reading: Reading): Aftermath {
  if (reading.is === 'foreign') {
    const known = OTHERS[reading.looksLike ?? '']
    if (known) return known
  }
  if (reading.is === 'instance' && reading.observed.layout === 'aio') {
    return reading.observed.status === 'up'
      ? { comesBack: true, note: 'its process registers again at its next renewal' }
      : { comesBack: false }
  }
  if (record.lease === undefined) return { comesBack: false }
  return {
    comesBack: false,
    note: 'its process, if still running, does not notice and stays unregistered until it restarts',
  }
}
