import { RollcallError } from '../../model/errors.ts'
import { ServiceInstance } from '../../model/instance.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { Identity } from './agents.ts'
import type { Consul } from './backend.ts'
import { dead } from './death.ts'
import type { AgentService, HealthEntry } from './entry.ts'
import { read } from './read.ts'
import { recordOf } from './records.ts'
import type { Registration } from './registration.ts'
import { isAt } from './status.ts'

/** What lies where a registration is to go. */
export interface Present {
  /** With the agent, under that id and name. */
  readonly entry: HealthEntry | undefined
  /** It says what the registration says. */
  readonly agrees: boolean
  /** Under that id the agent has something, whatever its name. */
  readonly occupied: boolean
}

export interface PresentOptions {
  /** Whose registration it is. */
  readonly instance: { readonly name: string; readonly id: string }
  readonly replace: boolean | undefined
  readonly signal: AbortSignal | undefined
}

/** Throws `conflict` for what lives and differs, unless `replace`. An agent's ids are its own, whatever the service's name. */
export async function presentAt(
  { catalogue, layout }: Consul,
  home: Identity,
  registration: Registration,
  { instance, replace, signal }: PresentOptions,
): Promise<Present> {
  const { ID: id, Name: name } = registration
  const local = await catalogue.agents.tell(`read the service "${id}"`, () => home.agent.service(id, signal))
  const { entries } = await catalogue.service('', name, { signal })
  const held = entries.filter((entry) => entry.Service.ID === id)
  const entry =
    local?.Service === name ? (held.find((each) => isAt(each, id, home.node)) ?? fresh(local, home)) : undefined
  if (!replace) {
    if (local && !entry) throw otherName(id, local.Service, home.node)
    const others = held.filter((each) => each.Node.Node !== home.node)
    const rival = [...(entry ? [entry] : []), ...others].find(
      (each) => !says(each, registration, layout) && dead({ records: [recordOf(each, layout)] }) === undefined,
    )
    if (rival) throw otherInstance(instance, rival.Node.Node)
  }
  return { entry, agrees: entry !== undefined && says(entry, registration, layout), occupied: local !== undefined }
}

/** Whether readers see in it what they will see in the registration. */
export function says(entry: HealthEntry, registration: Registration, layout: LayoutName | 'auto'): boolean {
  const [there, wanted] = [entry, registration].map((body) => read({ id: '', service: '', body }, layout))
  return there?.is === 'instance' && wanted?.is === 'instance' && ServiceInstance.equal(there.instance, wanted.instance)
}

/** What the agent has and has not told the catalogue yet. */
function fresh(local: AgentService, { node, datacenter }: Identity): HealthEntry {
  return {
    Node: { Node: node, Address: '', Datacenter: datacenter },
    Service: { ...local, CreateIndex: 0, ModifyIndex: 0 },
    Checks: [],
  }
}

function otherName(id: string, service: string, node: string): RollcallError {
  return new RollcallError('conflict', `the id "${id}" belongs to the service "${service}" on node ${node}`, {
    hint: 'an agent knows services by their ids alone: choose another --id, or take its place with --replace',
  })
}

function otherInstance({ name, id }: PresentOptions['instance'], node: string): RollcallError {
  return new RollcallError('conflict', `another live instance is registered as ${name}/${id}, on node ${node}`, {
    hint: 'choose another --id, or take its place with --replace',
  })
}
