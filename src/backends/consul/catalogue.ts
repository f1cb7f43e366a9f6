import type { Agent } from './agent.ts'
import type { Agents } from './agents.ts'
import type { HealthCheck, HealthEntry, NodeDump } from './entry.ts'
import type { Answer, AskOptions, Hidden } from './package.ts'
import { isDump, isEntries, isNames, isNodeServices, isVerdicts, isWords } from './shapes.ts'

/** What is known of some services at one moment. */
export interface Picture {
  readonly entries: readonly HealthEntry[]
  /** Of the Raft log, for asking what came after it. */
  readonly index: string | undefined
  readonly hidden: Hidden
}

/** The names of services at one moment, each in its own spelling. */
export interface Names extends Omit<Picture, 'entries'> {
  readonly names: readonly string[]
}

export interface QueryOptions {
  readonly signal?: AbortSignal | undefined
  /** Waits until there is something newer, but no longer than `wait` milliseconds. */
  readonly after?: { readonly index: string; readonly wait: number }
  /**
   * Asks a leader that knows all that was ever registered. By default a new leader, or a server just started, answers from
   * what it has read of its log so far, and that may be nothing.
   */
  readonly upToDate?: boolean
}

/** Rights that Consul tells of in one answer. */
const RIGHTS = 64

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
    const ask = (agent: Agent) => agent.ask((consul, common) => consul.catalog.datacenters(common), isWords, { signal })
    return (await this.agents.read('list the data centres', ask)).body.toSorted()
  }

  /** The names of its services. */
  async names(dc: string, options: QueryOptions = {}): Promise<Names> {
    const { body, ...about } = await this.#read(`list the services${ofDatacenter(dc)}`, options, (agent, query, ask) =>
      agent.ask(
        (consul, common) => consul.catalog.service.list({ ...common, ...query, ...inDatacenter(dc) }),
        isNames,
        ask,
      ),
    )
    return { ...about, names: Object.keys(body) }
  }

  /** The instances of one service of Consul's. It answers for every spelling of the name: only those of this one belong. */
  async service(dc: string, name: string, options: QueryOptions = {}): Promise<Picture> {
    const { body, ...about } = await this.#read(
      `read the service "${name}"${ofDatacenter(dc)}`,
      options,
      (agent, query, ask) =>
        agent.ask(
          (consul, common) => consul.health.service({ ...common, ...query, service: name, ...inDatacenter(dc) }),
          isEntries,
          ask,
        ),
    )
    return { ...about, entries: body.filter(({ Service: service }) => service.Service === name).map(tidy) }
  }

  /** What lies under an id on one node. */
  async at(dc: string, node: string, id: string, options: QueryOptions = {}): Promise<Picture> {
    const { body, ...about } = await this.#read(
      `read the node "${node}"${ofDatacenter(dc)}`,
      options,
      (agent, query, ask) =>
        agent.ask(
          (consul, common) => consul.catalog.node.services({ ...common, ...query, node, ...inDatacenter(dc) }),
          isNodeServices,
          ask,
        ),
    )
    const name = Object.values(body?.Services ?? {}).find((service) => service.ID === id)?.Service
    if (name === undefined) return { ...about, entries: [] }
    const { entries, ...rest } = await this.service(dc, name, options)
    return { ...rest, entries: entries.filter((entry) => entry.Service.ID === id && entry.Node.Node === node) }
  }

  /** All of a data centre but Consul's own servers, in one request however many services there are. */
  async whole(dc: string, options: QueryOptions = {}): Promise<Picture> {
    const { body, ...about } = await this.#read(`read the services${ofDatacenter(dc)}`, options, (agent, query, ask) =>
      agent.get('/internal/ui/nodes', { ...query, ...inDatacenter(dc) }, isDump, ask),
    )
    const nodes = body.filter(({ PeerName }) => !PeerName)
    const name = dc || (await this.#ownDatacenter(nodes[0]?.Node, options.signal))
    return { ...about, entries: nodes.flatMap((node) => entriesOn(node, name)) }
  }

  /** Whether one who shows no token may read all of these services, and nodes, as far as Consul tells. */
  async mayRead(dc: string, names: readonly string[], signal?: AbortSignal): Promise<boolean> {
    const services = names.map((name) => ({ Resource: 'service', Segment: name, Access: 'read' }))
    const rights = [{ Resource: 'node', Segment: '', Access: 'read' }, ...services]
    for (let at = 0; at < rights.length; at += RIGHTS) {
      const asked = rights.slice(at, at + RIGHTS)
      const body = JSON.stringify(asked)
      const options = { query: inDatacenter(dc), signal }
      const verdicts = await this.agents.ifTold((agent) =>
        agent.post('/internal/acl/authorize', body, isVerdicts, options),
      )
      if (verdicts?.length !== asked.length || !verdicts.every(({ Allow: allowed }) => allowed)) return false
    }
    return true
  }

  async #read<T>(
    doing: string,
    { after, upToDate = false, signal }: QueryOptions,
    ask: (agent: Agent, query: Readonly<Record<string, string>>, options: AskOptions) => Promise<Answer<T>>,
  ): Promise<Answer<T>> {
    // Consul adds up to a sixteenth to the wait, so that a crowd spreads out.
    const wait = after ? after.wait * (1 + 1 / 16) : 0
    const query: Record<string, string> = {
      ...(after && { index: after.index, wait: `${after.wait}ms` }),
      ...(upToDate && { consistent: '1' }),
    }
    const answer = await this.agents.read(doing, (agent) => ask(agent, query, { signal, wait }))
    const isTold = answer.hidden === 'unsaid' && (await this.agents.haveToken(signal))
    return isTold ? { ...answer, hidden: 'nothing' } : answer
  }

  /** A dump of nodes does not say where they are. Of an agent that does not tell, its catalogue does. */
  async #ownDatacenter(node: string | undefined, signal?: AbortSignal): Promise<string> {
    const [known] = await this.agents.identities(signal)
    if (known || node === undefined) return known?.datacenter ?? ''
    const { body } = await this.agents.read(`read the node "${node}"`, (agent) =>
      agent.ask((consul, common) => consul.catalog.node.services({ ...common, node }), isNodeServices, { signal }),
    )
    return body?.Node.Datacenter ?? ''
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
  // On a node the catalogue holds one service for all spellings of an id.
  const byService = new Map<string, HealthCheck[]>()
  for (const check of Checks ?? []) {
    const id = check.ServiceID.toLowerCase()
    const some = byService.get(id)
    if (some) some.push(check)
    else byService.set(id, [check])
  }
  const ofNode = byService.get('') ?? []
  const checksOf = (id: string) => [...ofNode, ...(byService.get(id.toLowerCase()) ?? [])]
  return (Services ?? [])
    .filter((service) => service.Service !== OWN_SERVICE)
    .map((service) => tidy({ Node: node, Service: service, Checks: checksOf(service.ID) }))
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
