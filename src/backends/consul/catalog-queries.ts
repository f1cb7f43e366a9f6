import type { RegistryUrl } from '../../model/registry-url.ts'
import type { Agent } from './agent.ts'
import type { Agents } from './agents.ts'
import type { QueryOptions } from './blocking-query.ts'
import type { HealthCheck, HealthEntry, NodeDump } from './entry.ts'
import type { AgentAnswer, AskOptions, Hidden } from './agent.ts'
import { isDump, isEntries, isNames, isNodeServices, isVerdicts, isWords } from './shapes.ts'

/** What is known of some services at one moment. */
export interface ServiceSnapshot {
  readonly entries: readonly HealthEntry[]
  /** Of the Raft log, for asking what came after it. */
  readonly index: string | undefined
  readonly hidden: Hidden
}

/** The names of services at one moment, each in its own spelling. */
export interface ServiceNames extends Omit<ServiceSnapshot, 'entries'> {
  readonly names: readonly string[]
}

/** Rights that Consul checks in one request. */
const RIGHTS = 64

/** The service that is Consul's servers themselves, and for no client. */
const OWN_SERVICE = 'consul'

/** Reads Consul's catalogue, one data centre at a time; '' is that of the agent. */
export class CatalogQueries {
  readonly agents: Agents
  readonly #asked: readonly string[]

  /** `url`: with the data centres that are meant. None is the agent's own, `*` all that it knows. */
  constructor(agents: Agents, { query }: Pick<RegistryUrl, 'query'>) {
    this.agents = agents
    this.#asked = (query['dc'] ?? '').split(',').filter(Boolean)
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
  async names(dc: string, options: QueryOptions = {}): Promise<ServiceNames> {
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
  async service(dc: string, name: string, options: QueryOptions = {}): Promise<ServiceSnapshot> {
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

  /** What has an id on one node. */
  async at(dc: string, node: string, id: string, options: QueryOptions = {}): Promise<ServiceSnapshot> {
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
  async whole(dc: string, options: QueryOptions = {}): Promise<ServiceSnapshot> {
    // For the name of the data centre below, where a failure counts: asked while Consul puts its answer together.
    if (dc === '' && !options.after) this.agents.identities(options.signal).catch(() => {})
    const { body, ...about } = await this.#read(`read the services${ofDatacenter(dc)}`, options, (agent, query, ask) =>
      agent.get('/internal/ui/nodes', { ...query, ...inDatacenter(dc) }, isDump, ask),
    )
    const nodes = body.filter(({ PeerName }) => !PeerName)
    const name = dc || (await this.#ownDatacenter(nodes[0]?.Node, options.signal))
    return { ...about, entries: nodes.flatMap((node) => entriesOn(node, name)) }
  }

  /** Whether requests without a token have permission to read all of these services, and nodes. False where Consul does not say. */
  async mayRead(dc: string, names: readonly string[], signal?: AbortSignal): Promise<boolean> {
    const services = names.map((name) => ({ Resource: 'service', Segment: name, Access: 'read' }))
    const rights = [{ Resource: 'node', Segment: '', Access: 'read' }, ...services]
    for (let at = 0; at < rights.length; at += RIGHTS) {
      const asked = rights.slice(at, at + RIGHTS)
      const body = JSON.stringify(asked)
      const options = { query: inDatacenter(dc), signal }
      const verdicts = await this.agents.ifAnswered((agent) =>
        agent.post('/internal/acl/authorize', body, isVerdicts, options),
      )
      if (verdicts?.length !== asked.length || !verdicts.every(({ Allow: allowed }) => allowed)) return false
    }
    return true
  }

  async #read<T>(
    doing: string,
    { after, upToDate = false, signal }: QueryOptions,
    ask: (agent: Agent, query: Readonly<Record<string, string>>, options: AskOptions) => Promise<AgentAnswer<T>>,
  ): Promise<AgentAnswer<T>> {
    // Consul adds up to a sixteenth to the wait, so that a crowd spreads out.
    const wait = after ? after.wait * (1 + 1 / 16) : 0
    const query: Record<string, string> = {
      ...(after && { index: after.index, wait: `${after.wait}ms` }),
      ...(upToDate && { consistent: '1' }),
    }
    const answer = await this.agents.read(doing, (agent) => ask(agent, query, { signal, wait }))
    const isReported = answer.hidden === 'unreported' && (await this.agents.haveToken(signal))
    return isReported ? { ...answer, hidden: 'nothing' } : answer
  }

  /** A dump of nodes does not name their data centre. Where the agent does not either, its catalogue does. */
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
  const node = { ID, Node, Address, Datacenter: dc, TaggedAddresses, Meta } as HealthEntry['Node']
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
    .map((service) => ({ Node: node, Service: tidyService(service), Checks: tidyChecks(checksOf(service.ID)) }))
}

/** One answer like the other: the same fields of the node, the checks in the same order, lists for what Go calls nil. */
function tidy({ Node: { Node, Address, Datacenter, ...rest }, Service, Checks }: HealthEntry): HealthEntry {
  const { ID, TaggedAddresses, Meta } = rest as Partial<NodeDump>
  return {
    Node: { ID, Node, Address, Datacenter, TaggedAddresses, Meta } as HealthEntry['Node'],
    Service: tidyService(Service),
    Checks: tidyChecks(Checks),
  }
}

function tidyService(service: HealthEntry['Service']): HealthEntry['Service'] {
  return service.Tags ? service : { ...service, Tags: [] }
}

function tidyChecks(checks: readonly HealthCheck[]): readonly HealthCheck[] {
  const tidied = checks.map((check) => (check.ServiceTags ? check : { ...check, ServiceTags: [] }))
  return tidied.length < 2 ? tidied : tidied.sort((a, b) => (a.CheckID < b.CheckID ? -1 : 1))
}
