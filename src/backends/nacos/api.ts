import { unlessAborted } from '../../model/signals.ts'
import type { ApiVersion, OperatorCall, Params, Send } from './api-version.ts'
import { type Host, hostIn } from './host.ts'
import { type NacosAddress, type NacosService, type Namespace, groupedName } from './names.ts'
import type { NacosNode, Nodes } from './nodes.ts'
import type { NacosRecord } from './record.ts'
import { ForeignAnswer, Refusal } from './refusal.ts'
import { v1 } from './v1.ts'
import { v2 } from './v2.ts'
import { v3 } from './v3.ts'

/** Newest first: a server may still have an older one beside it, and switch that off later. */
const VERSIONS: readonly ApiVersion[] = [v3, v2, v1]

type Signal = AbortSignal | undefined

/** The requests of Nacos, in the newest version of its API that the node in use has. All throw a RollcallError. */
export class NacosApi implements Disposable {
  readonly #nodes: Nodes

  constructor(nodes: Nodes) {
    this.#nodes = nodes
  }

  namespaces(signal?: Signal): Promise<readonly Namespace[]> {
    return this.#do('list namespaces', (version, send) => version.namespaces(send), signal)
  }

  async services(of: { namespace: string; group?: string }, signal?: Signal): Promise<readonly NacosService[]> {
    const doing = `list the services of namespace ${of.namespace}`
    return await this.#do(doing, (version, send) => version.services(send, of), signal)
  }

  /** What a service holds, each address once: two clients may have registered the same. */
  async hosts(service: NacosService, signal?: Signal): Promise<Host[]> {
    const doing = `read ${groupedName(service)} in namespace ${service.namespace}`
    const listed = await this.#do(doing, (version, send) => version.hosts(send, service), signal)
    const hosts = new Map<string, Host>()
    for (const each of listed) {
      const host = hostIn(each)
      if (host) hosts.set(`${host.clusterName}/${host.ip}:${host.port}`, host)
    }
    return [...hosts.values()]
  }

  register({ address, body: { host } }: NacosRecord, signal: Signal): Promise<void> {
    return this.#write(address, (version, send) => version.register(send, address, host), signal)
  }

  /** Sets weight, metadata and whether it is enabled, as an operator does; what `change` leaves out stays as it is. */
  update({ address, body: { host } }: NacosRecord, change: Partial<Host>, signal: Signal): Promise<void> {
    // Nacos resets what a request leaves out.
    return this.#write(address, (version, send) => version.update(send, address, { ...host, ...change }), signal)
  }

  deregister({ address, body: { host } }: NacosRecord, signal: Signal): Promise<void> {
    return this.#write(address, (version, send) => version.deregister(send, address, host), signal)
  }

  /** False: the server has forgotten it, or a gRPC client holds it. */
  beat({ address }: NacosRecord, signal: Signal): Promise<boolean> {
    return this.#write(address, (version, send) => version.beat(send, address), signal)
  }

  /**
   * The id of the gRPC client that registered an instance; null where none did; undefined where the server does not list who
   * did. Clients over HTTP have the id `ip:port#true`.
   */
  async holder({ address, body: { host } }: NacosRecord, signal: Signal): Promise<string | null | undefined> {
    const doing = `see who holds ${groupedName(address)}`
    const clients = await this.#do(doing, (version, send) => version.publishers(send, address, host), signal)
    return clients && (clients.find((client) => !/#(true|false)$/.test(client)) ?? null)
  }

  /** What the node in use answers to operators. */
  operator(call: OperatorCall, signal: Signal): Promise<unknown> {
    const params: Params = call === 'metrics' ? { onlyStatus: false } : {}
    return this.#do(`read the ${call}`, (version, send) => send({ path: version.operator[call], params }), signal)
  }

  /** Where the node in use answers them, after the context path. */
  operatorPath(call: OperatorCall, signal: Signal): Promise<string> {
    return this.#do(`find the ${call}`, ({ operator }) => Promise.resolve(operator[call]), signal)
  }

  /** The server's own time, in milliseconds since 1970, as its newest answer told. */
  get serverTime(): number | undefined {
    return this.#nodes.serverTime
  }

  #write<T>(address: NacosAddress, act: (version: ApiVersion, send: Send) => Promise<T>, signal: Signal): Promise<T> {
    return this.#do(`write ${groupedName(address)} in namespace ${address.namespace}`, act, signal)
  }

  #do<T>(doing: string, act: (version: ApiVersion, send: Send) => Promise<T>, signal: Signal): Promise<T> {
    return this.#nodes.use(
      doing,
      async (node) => {
        node.version ??= this.#detect(node)
        let version: ApiVersion | undefined
        try {
          const { loginPath } = (version = await unlessAborted(node.version, signal))
          return await act(version, (call) => this.#nodes.send(node, { ...call, signal }, loginPath))
        } catch (error) {
          // Not found, or no longer there: the server may have been restarted in another version.
          if (!version || !(error instanceof Refusal) || error.isOfThePath) node.version = undefined
          throw error
        }
      },
      signal,
    )
  }

  /** The newest version whose list of instances answers, be it with a refusal. */
  async #detect(node: NacosNode): Promise<ApiVersion> {
    let disabled: Refusal | undefined
    for (const version of VERSIONS) {
      try {
        const params = { namespaceId: 'public', groupName: 'DEFAULT_GROUP', serviceName: 'rollcall' }
        await this.#nodes.sendAsNobody(node, { path: version.probePath, params })
        return version
      } catch (error) {
        if (!(error instanceof Refusal) || error.isOfTheNode || error.wantsTls) throw error
        if (!error.isOfThePath) return version
        if (error.status === 410) disabled = error
      }
    }
    throw disabled ?? new ForeignAnswer('no version of the API answers')
  }

  [Symbol.dispose](): void {
    this.#nodes[Symbol.dispose]()
  }
}
