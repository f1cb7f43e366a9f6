import { readFile } from 'node:fs/promises'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent, type AgentOptions } from 'node:https'
import { isIP } from 'node:net'
import { checkServerIdentity } from 'node:tls'
import { RollcallError, messageOf } from '../../model/errors.ts'
import { placeOf } from '../contract/host-port.ts'
import type { Target } from '../contract/driver.ts'
import { type Tls, readTls } from '../contract/tls.ts'
import { Agent, type ConsulPackage } from './agent.ts'
import type { AgentService } from './entry.ts'
import { type AgentCircumstances, explain, RequestFailure } from './errors.ts'
import { isSelf, isToken } from './shapes.ts'

/** An agent, and where it is. */
export interface AgentIdentity {
  readonly agent: Agent
  readonly node: string
  readonly datacenter: string
}

/** Loads the consul package and the files of the target, and sends nothing yet. @throws RollcallError `config` */
export async function connectAgents(target: Target): Promise<Agents> {
  const { default: Client } = await import('consul')
  const { requestTimeout: timeout, secure } = target
  const token = target.token ?? (await tokenIn(target.tokenFile)) ?? ''
  const tls = secure ? await readTls('consul', target.tls ?? {}) : undefined
  const headers = headersOf(target)
  const agents = target.endpoints.map((endpoint) => {
    const { host, port } = placeOf(endpoint)
    const connections = tls
      ? new HttpsAgent({ keepAlive: true, host, ...tlsOptions(host, tls) })
      : new HttpAgent({ keepAlive: true, host })
    // Its types have no headers. The HTTP agent gets the host too: the package leaves brackets around IPv6 addresses.
    const options = { host: host.includes(':') ? `[${host}]` : host, port, secure, agent: connections, headers }
    return new Agent(endpoint, { client: new Client(options) as ConsulPackage, connections, token, timeout })
  })
  return new Agents(agents, { hasToken: token !== '', secure, timeout })
}

/** The agents that a URL names. All can answer for the catalogue; each alone writes what is its own. */
export class Agents implements Disposable {
  readonly about: Omit<AgentCircumstances, 'doing'>
  /** Best first: the last that failed is asked last. */
  #agents: readonly Agent[]
  #known: readonly AgentIdentity[] = []
  #haveToken: boolean | undefined
  readonly #identities = new Map<Agent, Promise<AgentIdentity | undefined>>()

  constructor(agents: readonly Agent[], about: Omit<AgentCircumstances, 'doing'>) {
    this.#agents = agents
    this.about = about
  }

  /** Asks one agent after the other until one answers. `doing`: as in "may not …". @throws RollcallError where none does */
  async read<T>(doing: string, ask: (agent: Agent) => Promise<T>): Promise<T> {
    const failures: RequestFailure[] = []
    for (const agent of this.#agents) {
      try {
        return await ask(agent)
      } catch (error) {
        if (!(error instanceof RequestFailure)) throw error
        failures.push(error)
        if (!error.isOfTheAgent) break
        this.#demote(agent)
      }
    }
    throw explain(failures, { ...this.about, doing })
  }

  /** As `read`, for what is only an addition: undefined where no agent answers. */
  async ifAnswered<T>(ask: (agent: Agent) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.read('', ask)
    } catch (error) {
      if (error instanceof RollcallError) return undefined
      throw error
    }
  }

  /** Whether the agents use a token of their own for requests without one. Asked once. */
  async haveToken(signal?: AbortSignal): Promise<boolean> {
    this.#haveToken ??=
      (await this.ifAnswered((agent) => agent.get('/acl/token/self', {}, isToken, { signal }))) !== undefined
    return this.#haveToken
  }

  /** The agent to register with: the first that says its name. */
  async home(signal?: AbortSignal): Promise<AgentIdentity> {
    const [first] = await this.identities(signal)
    return first ?? (await this.read('ask an agent for its name', (agent) => identityOf(agent, signal)))
  }

  /** Whether the agent of that node is among those that were named, as far as they have said who they are. */
  isNamed(datacenter: string, node: string): boolean {
    return this.#known.some((identity) => identity.node === node && identity.datacenter === datacenter)
  }

  /** The agent of that node, if it is among those that were named; undefined also where it does not say. */
  async of(datacenter: string, node: string, signal?: AbortSignal): Promise<AgentIdentity | undefined> {
    const known = await this.identities(signal)
    return known.find((identity) => identity.node === node && identity.datacenter === datacenter)
  }

  /** Those that say their names. Each is asked once, and again only when it did not answer. */
  async identities(signal?: AbortSignal): Promise<readonly AgentIdentity[]> {
    const known = await Promise.all(this.#agents.map((agent) => this.#identity(agent, signal)))
    this.#known = known.filter((identity) => identity !== undefined)
    return this.#known
  }

  /** What the agent holds under an id of its own, whatever the catalogue shows; undefined where it has no such service. */
  async service({ agent }: AgentIdentity, id: string, signal?: AbortSignal): Promise<AgentService | undefined> {
    return await this.send(`read the service "${id}"`, () => agent.service(id, signal))
  }

  /** One request to one agent. `doing`: as in "may not …". @throws RollcallError where it fails */
  async send<T>(doing: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act()
    } catch (error) {
      if (error instanceof RequestFailure) throw explain([error], { ...this.about, doing })
      throw error
    }
  }

  #demote(agent: Agent): void {
    this.#agents = [...this.#agents.filter((other) => other !== agent), agent]
  }

  #identity(agent: Agent, signal?: AbortSignal): Promise<AgentIdentity | undefined> {
    const known = this.#identities.get(agent)
    if (known) return known
    const asked = identityOf(agent, signal).catch((error: unknown) => {
      const refused = error instanceof RequestFailure && !error.isOfTheAgent
      if (!refused) this.#identities.delete(agent)
      if (error instanceof RequestFailure) return undefined
      throw error
    })
    this.#identities.set(agent, asked)
    return asked
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents) agent[Symbol.dispose]()
  }
}

async function identityOf(agent: Agent, signal?: AbortSignal): Promise<AgentIdentity> {
  const { body } = await agent.ask((consul, common) => consul.agent.self(common), isSelf, { signal })
  const { NodeName: node, Datacenter: datacenter } = body.Config
  return { agent, node, datacenter }
}

async function tokenIn(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new RollcallError('config', `CONSUL_HTTP_TOKEN_FILE: cannot read ${file}: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function headersOf({ namespace, url }: Target): Record<string, string> {
  const partition = url.query['partition']
  return {
    ...(namespace === undefined ? {} : { 'x-consul-namespace': namespace }),
    ...(partition === undefined ? {} : { 'x-consul-partition': partition }),
  }
}

function tlsOptions(host: string, tls: Tls): AgentOptions {
  const name = tls.serverName ?? host
  return {
    secureContext: tls.context,
    rejectUnauthorized: tls.verify,
    servername: isIP(name) === 0 ? name : '',
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
  }
}
