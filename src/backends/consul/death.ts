import type { InstanceEntry } from '../../model/reading.ts'
import type { RawRecord } from '../../model/record.ts'
import type { Aftermath } from '../contract/backend.ts'
import type { Agents } from './agents.ts'
import { type Entry, entryIn } from './entry.ts'
import { inWords, ownFailures, ttlCheck } from './health.ts'

/** Checks of its own that have run fail, of every part of it, and nobody has put it into maintenance. */
export function dead({ records }: Pick<InstanceEntry, 'records'>): string | undefined {
  const failures = records.map(({ body }) => {
    const entry = entryIn(body)
    return entry ? ownFailures(entry) : []
  })
  if (failures.length === 0 || failures.some((failed) => failed.length === 0)) return undefined
  return `critical: ${failures.flat().map(inWords).join('; ')}`
}

/**
 * An agent keeps what was registered with it and tells the catalogue again what is missing there (anti-entropy); a Kratos
 * program registers again when its heartbeat fails. Source: docs/backends/consul.md.
 */
export function aftermath({ body }: RawRecord, agents: Pick<Agents, 'isNamed'>): Aftermath {
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
  if (isAlive(entry))
    return {
      comesBack: true,
      note: `its own agent, on node ${node}, brings it back within minutes: ask that agent instead, or stop it`,
    }
  return { comesBack: false, note: `node ${node} has no living agent that could bring it back` }
}

/** Whether the node's agent is seen by its cluster. */
function isAlive({ checks }: Entry): boolean {
  return checks.some(({ id, status }) => id === 'serfHealth' && status === 'passing')
}
