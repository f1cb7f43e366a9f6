import { formatDuration } from '../../model/duration.ts'
import type { InstanceEntry, Reading } from '../../model/reading.ts'
import type { Aftermath } from '../contract/backend.ts'
import { bodyOf } from './record.ts'

/** Unhealthy in all of its endpoints, and none of them isolated by somebody who may want it back. `now` in milliseconds. */
export function dead({ records, observed }: InstanceEntry, now: number): string | undefined {
  const instances = records.flatMap((record) => bodyOf(record)?.instance ?? [])
  if (!instances.every(({ healthy, isolate }) => !healthy && !isolate)) return undefined
  if (observed.renewedAt === undefined) return 'unhealthy: its heartbeats stopped'
  return `unhealthy: no heartbeat for ${formatDuration(now - observed.renewedAt)}`
}

/** Source: Kratos' two modules for Polaris, as docs/backends/polaris.md has it. */
export function aftermath(reading: Reading): Aftermath {
  if (reading.is !== 'instance') return { comesBack: false }
  const { layout } = reading.observed
  if (layout === 'kratos-scheme')
    return { comesBack: false, note: 'its process, if it lives, does not register it again until it restarts' }
  if (layout === 'kratos')
    return { comesBack: true, note: 'its process, if it lives, registers it again in a few TTLs' }
  return { comesBack: true, note: "most of Polaris' SDKs register again when their heartbeats are refused" }
}
