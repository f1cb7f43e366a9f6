import type { Agents, Identity } from './agents.ts'
import type { Picture } from './catalogue.ts'
import type { HealthCheck, HealthEntry } from './entry.ts'
import { RequestFailure } from './failure.ts'
import { isChecks } from './shapes.ts'

type Checks = Readonly<Record<string, HealthCheck>>

/**
 * The same pictures, with what checks last saw, of the agents that were named. While the status of a check stays as it is, its agent tells
 * the catalogue only every five minutes what the check sees (check_update_interval).
 */
export async function withOutputs(
  pictures: readonly Picture[],
  agents: Agents,
  signal?: AbortSignal,
): Promise<Picture[]> {
  const asked = (await agents.identities(signal)).map(
    async (identity) => [placeOf(identity), await checksOf(identity, signal)] as const,
  )
  const known = new Map(await Promise.all(asked))
  const told = ({ Node: node, Checks: checks, ...rest }: HealthEntry): HealthEntry => {
    const own = known.get(placeOf({ datacenter: node.Datacenter, node: node.Node })) ?? {}
    return { Node: node, ...rest, Checks: checks.map((check) => asTold(check, own[check.CheckID])) }
  }
  return pictures.map((picture) => ({ ...picture, entries: picture.entries.map(told) }))
}

function asTold(check: HealthCheck, own: HealthCheck | undefined): HealthCheck {
  if (own?.Output === undefined || own.ServiceID !== check.ServiceID || own.Status !== check.Status) return check
  return { ...check, Output: own.Output }
}

/** Nothing, where the agent does not tell: it is no more than an addition. */
async function checksOf({ agent }: Identity, signal: AbortSignal | undefined): Promise<Checks> {
  try {
    return (await agent.ask((consul, common) => consul.agent.checks(common), isChecks, { signal })).body
  } catch (error) {
    if (error instanceof RequestFailure) return {}
    throw error
  }
}

function placeOf({ datacenter, node }: Pick<Identity, 'datacenter' | 'node'>): string {
  return `${datacenter}/${node}`
}
