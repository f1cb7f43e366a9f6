import type { InstanceEntry } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Status } from '../../model/status.ts'
import type { RemovalEffect } from '../contract/backend.ts'
import type { Agents } from './agents.ts'
import { type ConsulCheck, type ConsulEntry, entryIn } from './entry.ts'

const SERVICE_MAINTENANCE = '_service_maintenance:'
const NODE_MAINTENANCE = '_node_maintenance'
const LONGEST_OUTPUT = 160

/** Health as Consul adds it up: maintenance before critical before warning. */
export function healthOf(checks: readonly ConsulCheck[]): { readonly status: Status; readonly reason?: string } {
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

/** Whether it is in maintenance itself. Its node may be, as well. */
export function isInMaintenance({ checks }: ConsulEntry): boolean {
  return checks.some(({ id }) => id.startsWith(SERVICE_MAINTENANCE))
}

/** Its own checks that have run and fail, while neither it nor its node is in maintenance. */
function ownFailures({ checks }: ConsulEntry): readonly ConsulCheck[] {
  if (checks.some(isMaintenance)) return []
  return checks.filter(({ serviceId, status, hasRun }) => serviceId !== '' && status === 'critical' && hasRun)
}

/** The check that lives by heartbeats. */
export function ttlCheck({ checks }: ConsulEntry): ConsulCheck | undefined {
  return checks.find((check) => check.type === 'ttl')
}

/** A failing check in a few words: its id, and the first line of what it saw. */
function inWords({ id, output }: ConsulCheck): string {
  const [line = ''] = output.trim().split('\n', 1)
  const short = line.length > LONGEST_OUTPUT ? `${line.slice(0, LONGEST_OUTPUT)}…` : line
  return `${id}: ${short || 'it has not run yet'}`
}

function isMaintenance({ id }: ConsulCheck): boolean {
  return id === NODE_MAINTENANCE || id.startsWith(SERVICE_MAINTENANCE)
}

function withReason(status: Status, reason: string): { status: Status; reason?: string } {
  return reason === '' ? { status } : { status, reason }
}

/** In every part of it, checks of its own have run and fail, and it is not in maintenance. Undefined for any other. */
export function whyDead({ records }: Pick<InstanceEntry, 'records'>): string | undefined {
  const failures = records.map(({ body }) => {
    const entry = entryIn(body)
    return entry ? ownFailures(entry) : []
  })
  if (failures.length === 0 || failures.some((failed) => failed.length === 0)) return undefined
  return `critical: ${failures.flat().map(inWords).join('; ')}`
}

/**
 * What follows a removal: an agent writes what was registered with it to the catalogue again when it is missing there
 * (anti-entropy), and a Kratos program registers again when its heartbeat fails. Source: docs/backends/consul.md.
 */
export function removalEffect({ body }: RawRecord, agents: Pick<Agents, 'isNamed'>): RemovalEffect {
  const entry = entryIn(body)
  if (!entry) return { comesBack: false }
  const { datacenter, node } = entry
  if (entry.held === false)
    return { comesBack: false, note: `only the catalogue has it: the agent on node ${node} does not` }
  if (agents.isNamed(datacenter, node)) {
    return ttlCheck(entry)?.status === 'passing'
      ? {
          comesBack: true,
          note: `it is removed by its own agent, on node ${node}; its process registers again at its next heartbeat`,
        }
      : { comesBack: false, note: `it is removed by its own agent, on node ${node}` }
  }
  if (hasLivingAgent(entry))
    return {
      comesBack: true,
      note: `its own agent, on node ${node}, brings it back within minutes: remove it through that agent, or stop the agent`,
    }
  return { comesBack: false, note: `node ${node} has no living agent that could bring it back` }
}

/** Whether the cluster sees the node's agent. */
function hasLivingAgent({ checks }: ConsulEntry): boolean {
  return checks.some(({ id, status }) => id === 'serfHealth' && status === 'passing')
}
