import type { Stop } from '../catalogue/catalogue.ts'
import type { AgentIdentity, Agents } from './agents.ts'
import type { ConsulEntry } from './entry.ts'
import { unlessAbsent } from './errors.ts'
import { type ServiceDefinition, definitionJson } from './service-definition.ts'
import { anything } from './shapes.ts'

/** What Kratos' heartbeats say. The same words again make no change in the catalogue. */
const NOTE = 'pass'

/** `replaceChecks`: the checks that the service has had are removed. Otherwise they stay beside those of the definition. */
export async function registerService(
  agents: Agents,
  { agent }: AgentIdentity,
  definition: ServiceDefinition,
  { replaceChecks, signal }: Stop & { readonly replaceChecks: boolean },
): Promise<void> {
  const query: Record<string, string> = replaceChecks ? { 'replace-existing-checks': 'true' } : {}
  await agents.send(`register "${definition.Name}"`, () =>
    agent.put('/agent/service/register', definitionJson(definition), { query, signal }),
  )
}

/** Resolves to false where the agent has no such service. */
export async function deregisterService(
  agents: Agents,
  { agent }: AgentIdentity,
  id: string,
  { signal }: Stop,
): Promise<boolean> {
  return await agents.send(`deregister "${id}"`, () =>
    isDone(() =>
      agent.ask((consul, common) => consul.agent.service.deregister({ ...common, id }), anything, { signal }),
    ),
  )
}

/** For a record whose own agent cannot be used. The package's own call has no data centre, and would remove a namesake. */
export async function removeFromCatalog(
  agents: Agents,
  { datacenter, node, id }: ConsulEntry,
  { signal }: Stop,
): Promise<void> {
  const body = JSON.stringify({ Datacenter: datacenter, Node: node, ServiceID: id })
  await agents.read(`deregister "${id}"`, (agent) => agent.put('/catalog/deregister', body, { signal }))
}

/** Resolves to false where the agent has no such check. */
export async function passCheck(
  agents: Agents,
  { agent }: AgentIdentity,
  check: string,
  { signal }: Stop,
): Promise<boolean> {
  return await agents.send(`pass the check "${check}"`, () =>
    isDone(() =>
      agent.ask((consul, common) => consul.agent.check.pass({ ...common, id: check, note: NOTE }), anything, {
        signal,
      }),
    ),
  )
}

/** Resolves to false where the agent has no such service. */
export async function setMaintenance(
  agents: Agents,
  { agent }: AgentIdentity,
  id: string,
  { enable, reason, signal }: Stop & { readonly enable: boolean; readonly reason: string | undefined },
): Promise<boolean> {
  const mode = { id, enable, ...(reason ? { reason } : {}) }
  return await agents.send(`change the maintenance mode of "${id}"`, () =>
    isDone(() =>
      agent.ask((consul, common) => consul.agent.service.maintenance({ ...common, ...mode }), anything, { signal }),
    ),
  )
}

async function isDone(act: () => Promise<unknown>): Promise<boolean> {
  return (await unlessAbsent(act)) !== undefined
}
