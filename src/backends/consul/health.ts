import type { Status } from '../../model/status.ts'
import type { Check, Entry } from './entry.ts'

export const SERVICE_MAINTENANCE = '_service_maintenance:'
const NODE_MAINTENANCE = '_node_maintenance'
const LONGEST_OUTPUT = 160

/** Health as Consul adds it up: maintenance before critical before warning. */
export function healthOf(checks: readonly Check[]): { readonly status: Status; readonly reason?: string } {
  const maintenance = checks.find(isMaintenance)
  if (maintenance) return withReason('maintenance', maintenance.output)
  const critical = checks.filter((check) => check.status === 'critical')
  if (critical.length > 0) return { status: 'unhealthy', reason: critical.map(inWords).join('; ') }
  const warning = checks.filter((check) => check.status === 'warning')
  if (warning.length > 0) return { status: 'warning', reason: warning.map(inWords).join('; ') }
  const other = checks.find((check) => check.status !== 'passing')
  if (other) return { status: 'unknown', reason: other.status }
  if (checks.some((check) => check.serviceId !== '')) return { status: 'up' }
  return { status: 'up', reason: 'no check: nothing shows that it is alive' }
}

/** Its own checks that have run and fail, while neither it nor its node is in maintenance. */
export function ownFailures({ checks }: Entry): readonly Check[] {
  if (checks.some(isMaintenance)) return []
  return checks.filter(({ serviceId, status, hasRun }) => serviceId !== '' && status === 'critical' && hasRun)
}

/** The check that lives by heartbeats. */
export function ttlCheck({ checks }: Entry): Check | undefined {
  return checks.find((check) => check.type === 'ttl')
}

/** A failing check in a few words: its id, and the first line of what it saw. */
export function inWords({ id, output }: Check): string {
  const [line = ''] = output.trim().split('\n', 1)
  const short = line.length > LONGEST_OUTPUT ? `${line.slice(0, LONGEST_OUTPUT)}…` : line
  return `${id}: ${short || 'it has not run yet'}`
}

function isMaintenance({ id }: Check): boolean {
  return id === NODE_MAINTENANCE || id.startsWith(SERVICE_MAINTENANCE)
}

function withReason(status: Status, reason: string): { status: Status; reason?: string } {
  return reason === '' ? { status } : { status, reason }
}
