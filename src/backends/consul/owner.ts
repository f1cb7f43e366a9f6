import { RollcallError } from '../../model/errors.ts'
import type { RawRecord } from '../../model/record.ts'
import type { AgentIdentity, Agents } from './agents.ts'
import type { ServiceSnapshot } from './catalog-queries.ts'
import type { ConsulContext } from './context.ts'
import { type ConsulEntry, type HealthCheck, type HealthEntry, entryIn } from './entry.ts'
import { RequestFailure } from './errors.ts'
import { isChecks } from './shapes.ts'

/**
 * The agent to register with: the first that answers. @throws RollcallError `usage` where the URL asks for another data
 * centre than that agent's
 */
export async function homeAgent({ catalog }: ConsulContext, signal?: AbortSignal): Promise<AgentIdentity> {
  const home = await catalog.agents.home(signal)
  if (catalog.covers(home.datacenter)) return home
  const { agent, datacenter } = home
  throw new RollcallError('usage', `the agent ${agent.endpoint} registers in data centre "${datacenter}" only`, {
    hint: 'name an agent of the other data centre',
  })
}

/** The agent that a record was registered with. @throws RollcallError `unsupported` where the URL does not name that agent */
export async function ownerOf(
  { catalog: { agents } }: ConsulContext,
  { id, node, datacenter }: ConsulEntry,
  signal?: AbortSignal,
): Promise<AgentIdentity> {
  const owner = await agents.of(datacenter, node, signal)
  if (owner) return owner
  // Where no agent says who it is, the reason why not is the error to report.
  if ((await agents.identities(signal)).length === 0) await agents.home(signal)
  throw new RollcallError('unsupported', `"${id}" belongs to the agent on node ${node}`, {
    hint: `connect to that agent: consul://<address of ${node}>:8500`,
  })
}

/** Whether the URL names the agents of all of these. */
export async function areOwned(
  { catalog: { agents } }: ConsulContext,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): Promise<boolean> {
  await agents.identities(signal)
  return records.every(({ body }) => {
    const entry = entryIn(body)
    return entry !== undefined && agents.isNamed(entry.datacenter, entry.node)
  })
}

/** The same records. Those whose agent the URL names also say whether that agent has them. */
export async function examine(
  { catalog: { agents } }: ConsulContext,
  records: readonly RawRecord[],
  signal?: AbortSignal,
): Promise<RawRecord[]> {
  await agents.identities(signal)
  return await Promise.all(
    records.map(async (record) => {
      const entry = entryIn(record.body)
      const owner = entry && (await agents.of(entry.datacenter, entry.node, signal))
      if (!owner) return record
      const held = await ifAnswered(async () => ({ service: await owner.agent.service(entry.id, signal) }))
      if (!held) return record
      return { ...record, body: Object.assign({}, record.body, { AgentHasIt: held.service !== undefined }) }
    }),
  )
}

/**
 * The same snapshots, with the newest output of checks from the agents that the URL names. While the status of a check stays the
 * same, its agent writes its output to the catalogue only every five minutes (check_update_interval).
 */
export async function withCheckOutput(
  snapshots: readonly ServiceSnapshot[],
  agents: Agents,
  signal?: AbortSignal,
): Promise<ServiceSnapshot[]> {
  const checksOf = async ({ agent, datacenter, node }: AgentIdentity) => {
    const answer = await ifAnswered(() =>
      agent.ask((consul, common) => consul.agent.checks(common), isChecks, { signal }),
    )
    return [`${datacenter}/${node}`, answer?.body ?? {}] as const
  }
  const checks = new Map(await Promise.all((await agents.identities(signal)).map(checksOf)))
  const withNewest = (entry: HealthEntry): HealthEntry => {
    const own = checks.get(`${entry.Node.Datacenter}/${entry.Node.Node}`) ?? {}
    return { ...entry, Checks: entry.Checks.map((check) => newest(check, own[check.CheckID])) }
  }
  return snapshots.map((snapshot) => ({ ...snapshot, entries: snapshot.entries.map(withNewest) }))
}

function newest(check: HealthCheck, own: HealthCheck | undefined): HealthCheck {
  if (own?.Output === undefined || own.ServiceID !== check.ServiceID || own.Status !== check.Status) return check
  return { ...check, Output: own.Output }
}

/** For what is only an addition: undefined where the agent does not answer. */
async function ifAnswered<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof RequestFailure) return undefined
    throw error
  }
}
