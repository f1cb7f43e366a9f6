import type { Agent } from './agent.ts'
import type { Agents } from './agents.ts'
import type { HealthCheck, HealthEntry } from './entry.ts'
import type { Answer, AskOptions } from './package.ts'

/** What is known of some services at one moment. */
export interface Picture {
  readonly entries: readonly HealthEntry[]
  /** Of the Raft log, for asking what came after it. */
  readonly index: string | undefined
  /** The token hides a part of it. */
  readonly filtered: boolean
}

export interface QueryOptions {
  readonly signal?: AbortSignal | undefined
  /** Waits until there is something newer, but no longer than `wait` milliseconds. */
  readonly after?: { readonly index: string; readonly wait: number }
}

/** A node with all that is on it, as GET /v1/internal/ui/nodes answers; Consul's own web page reads the same. */
interface NodeDump {
  readonly ID: string
  readonly Node: string
  readonly Address: string
  readonly PeerName?: string
  readonly TaggedAddresses?: object
  readonly Meta?: object
  readonly Services: readonly HealthEntry['Service'][] | null
  readonly Checks: readonly HealthCheck[] | null
}

/** Services of Consul's servers themselves: nobody's to call. */
const OWN_SERVICE = 'consul'

/** What lies in Consul's catalogue, one data centre at a time; '' is that of the agent. */
export class Catalogue {
  readonly agents: Agents
  readonly #asked: readonly string[]

  constructor(agents: Agents, datacenters: readonly string[]) {
    this.agents = agents
    this.#asked = datacenters
  }

  /** Whether that data centre is among those that are meant. */
  covers(datacenter: string): boolean {
    return this.#asked.length === 0 || this.#asked.includes('*') || this.#asked.includes(datacenter)
  }

  /** Those that are meant. */
  async datacenters(signal?: AbortSignal): Promise<readonly string[]> {
    if (this.#asked.length === 0) return ['']
    if (!this.#asked.includes('*')) return this.#asked
    const ask = (agent: Agent) =>
      agent.ask<string[]>((consul, common) => consul.catalog.datacenters(common), { signal })
    return (await this.agents.read('list the data centres', ask)).body.toSorted()
  }

  /** The names of its services. */
  async names(dc: string, options: QueryOptions = {}): Promise<{ names: string[]; index: string | undefined }> {
    const { body, index } = await this.#read(`list the services${ofDatacenter(dc)}`, options, (agent, query, ask) =>
      agent.ask((consul, common) => consul.catalog.service.list({ ...common, ...query, ...inDatacenter(dc) }), ask),
    )
    return { names: Object.keys(body), index }
  }

  /** The instances of one service of Consul's. */
  async service(dc: string, name: string, options: QueryOptions = {}): Promise<Picture> {
    const answer = await this.#read<HealthEntry[]>(
      `read the service "${name}"${ofDatacenter(dc)}`,
      options,
      (agent, query, ask) =>
        agent.ask(
          (consul, common) => consul.health.service({ ...common, ...query, service: name, ...inDatacenter(dc) }),
          ask,
        ),
    )
    return { ...answer, entries: answer.body.map(tidy) }
  }

  /** All of a data centre but Consul's own servers, in one request however many services there are. */
  async whole(dc: string, options: QueryOptions = {}): Promise<Picture> {
    const answer = await this.#read<NodeDump[]>(`read the services${ofDatacenter(dc)}`, options, (agent, query, ask) =>
      agent.get('/internal/ui/nodes', { ...query, ...inDatacenter(dc) }, ask),
    )
    const nodes = answer.body.filter(({ PeerName }) => !PeerName)
    const name = dc || (await this.#ownDatacenter(nodes[0]?.Node, options.signal))
    return { ...answer, entries: nodes.flatMap((node) => entriesOn(node, name)) }
  }

  #read<T>(
    doing: string,
    { after, signal }: QueryOptions,
    ask: (agent: Agent, query: Readonly<Record<string, string>>, options: AskOptions) => Promise<Answer<T>>,
  ): Promise<Answer<T>> {
    // Consul adds up to a sixteenth to the wait, so that a crowd spreads out.
    const wait = after ? after.wait * (1 + 1 / 16) : 0
    const query: Record<string, string> = after ? { index: after.index, wait: `${after.wait}ms` } : {}
    return this.agents.read(doing, (agent) => ask(agent, query, { signal, wait }))
  }

  /** A dump of nodes does not say where they are. Of an agent that does not tell, its catalogue does. */
  async #ownDatacenter(node: string | undefined, signal?: AbortSignal): Promise<string> {
    const [known] = await this.agents.identities(signal)
    if (known || node === undefined) return known?.datacenter ?? ''
    const { body } = await this.agents.read(`read the node "${node}"`, (agent) =>
      agent.ask<{ Node?: HealthEntry['Node'] }>((consul, common) => consul.catalog.node.services({ ...common, node }), {
        signal,
      }),
    )
    return body.Node?.Datacenter ?? ''
  }
}

function ofDatacenter(dc: string): string {
  return dc === '' ? '' : ` of data centre "${dc}"`
}

function inDatacenter(dc: string): { dc?: string } {
  return dc === '' ? {} : { dc }
}

function entriesOn(
  { ID, Node, Address, TaggedAddresses, Meta, Services, Checks }: NodeDump,
  dc: string,
): HealthEntry[] {
  const node = { ID, Node, Address, Datacenter: dc, TaggedAddresses, Meta }
  const byService = new Map<string, HealthCheck[]>()
  for (const check of Checks ?? []) {
    const some = byService.get(check.ServiceID)
    if (some) some.push(check)
    else byService.set(check.ServiceID, [check])
  }
  const ofNode = byService.get('') ?? []
  return (Services ?? [])
    .filter((service) => service.Service !== OWN_SERVICE)
    .map((service) => tidy({ Node: node, Service: service, Checks: [...ofNode, ...(byService.get(service.ID) ?? [])] }))
}

/** One answer like the other: the same fields of the node, the checks in the same order, lists for what Go calls nil. */
function tidy({ Node: { Node, Address, Datacenter, ...rest }, Service, Checks }: HealthEntry): HealthEntry {
  const { ID, TaggedAddresses, Meta } = rest as Partial<NodeDump>
  const checks = Checks.map((check) => ({ ...check, ServiceTags: check.ServiceTags ?? [] }))
  return {
    Node: { ID, Node, Address, Datacenter, TaggedAddresses, Meta } as HealthEntry['Node'],
    Service: { ...Service, Tags: Service.Tags ?? [] },
    Checks: checks.toSorted((a, b) => (a.CheckID < b.CheckID ? -1 : 1)),
  }
}
