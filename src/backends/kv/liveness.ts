import { formatDuration } from '../../model/duration.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Aftermath } from '../contract/backend.ts'

/** TTLs after which an AIO record that was not renewed is dead: one alone may be a slow network. */
const DEAD_AFTER_TTLS = 10

/**
 * An AIO record that was not renewed for long, whatever status it has: `down` alone may be an operator's word of a moment
 * ago. Where a lease does it, what is there is not dead. `now` and `aioTtl` in milliseconds.
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

/** What other programs do when their record is gone while they live. Source: their own registries, run and read. */
const OTHERS: Readonly<Record<string, Aftermath>> = {
  'go-zero': { comesBack: true, note: 'its process, if it lives, writes it again at once (go-zero 1.9 and newer)' },
  Kitex: { comesBack: true, note: 'its process, if it lives, writes it again within 30s' },
  'go-micro': { comesBack: false, note: 'its process, if it lives, never writes it again: restart it' },
  Curator: { comesBack: false, note: 'its process, if it lives, stays away until it begins a new session' },
  Dubbo: { comesBack: false, note: 'its process, if it lives, stays away until it begins a new session' },
}

/** Source: Kratos' and AIO's registries, as docs/backends/etcd.md has it. */
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
  return { comesBack: false, note: 'its process, if it lives, does not notice and stays away until it restarts' }
}
