import { RollcallError } from '../../model/errors.ts'
import type { Agent } from './agent.ts'
import { type Circumstances, explain } from './errors.ts'
import { RequestFailure } from './failure.ts'
import { isSelf, isToken } from './shapes.ts'

/** Whose agent it is. */
export interface Identity {
  readonly agent: Agent
  readonly node: string
  readonly datacenter: string
}

/** The agents that a URL names. All can answer for the catalogue; each alone writes what is its own. */
export class Agents implements Disposable {
  readonly about: Omit<Circumstances, 'doing'>
  /** Best first: the last that failed is asked last. */
  #agents: readonly Agent[]
  #known: readonly Identity[] = []
  #haveToken: boolean | undefined
  readonly #identities = new Map<Agent, Promise<Identity | undefined>>()

  constructor(agents: readonly Agent[], about: Omit<Circumstances, 'doing'>) {
    this.#agents = agents
    this.about = about
  }

  /** Asks one agent after the other until one answers. */
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

  /** The same, of what is only an addition: undefined where no agent tells. */
  async ifTold<T>(ask: (agent: Agent) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.read('', ask)
    } catch (error) {
      if (error instanceof RollcallError) return undefined
      throw error
    }
  }

  /** Whether the agents show a token of their own for one who shows none. Asked once. */
  async haveToken(signal?: AbortSignal): Promise<boolean> {
    this.#haveToken ??=
      (await this.ifTold((agent) => agent.get('/acl/token/self', {}, isToken, { signal }))) !== undefined
    return this.#haveToken
  }

  /** The agent to register with: the first that says who it is. */
  async home(signal?: AbortSignal): Promise<Identity> {
    const [first] = await this.identities(signal)
    return first ?? (await this.read('ask an agent for its name', (agent) => identityOf(agent, signal)))
  }

  /** Whether the agent of that node is among those that were named, as far as they have said who they are. */
  isNamed(datacenter: string, node: string): boolean {
    return this.#known.some((identity) => identity.node === node && identity.datacenter === datacenter)
  }

  /** The agent of that node, if it is among those that were named; undefined also where it does not say. */
  async of(datacenter: string, node: string, signal?: AbortSignal): Promise<Identity | undefined> {
    const known = await this.identities(signal)
    return known.find((identity) => identity.node === node && identity.datacenter === datacenter)
  }

  /** Those that say who they are. Each is asked once, and again only when it did not answer. */
  async identities(signal?: AbortSignal): Promise<readonly Identity[]> {
    const known = await Promise.all(this.#agents.map((agent) => this.#identity(agent, signal)))
    this.#known = known.filter((identity) => identity !== undefined)
    return this.#known
  }

  /** One request to one agent, its failure explained. */
  async tell<T>(doing: string, act: () => Promise<T>): Promise<T> {
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

  #identity(agent: Agent, signal?: AbortSignal): Promise<Identity | undefined> {
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

async function identityOf(agent: Agent, signal?: AbortSignal): Promise<Identity> {
  const { body } = await agent.ask((consul, common) => consul.agent.self(common), isSelf, { signal })
  const { NodeName: node, Datacenter: datacenter } = body.Config
  return { agent, node, datacenter }
}
