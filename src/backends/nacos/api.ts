import { unlessAborted } from '../../model/signals.ts'
import type { Beat, Dialect, Send } from './api-version.ts'
import { type Host, hostIn } from './host.ts'
import { type Address, type NacosService, type Namespace, groupedName } from './names.ts'
import type { Node, Nodes } from './nodes.ts'
import { Gibberish, Refusal } from './refusal.ts'
import { v1 } from './v1.ts'
import { v2 } from './v2.ts'
import { v3 } from './v3.ts'

/** Newest first: an older one may be there beside it, and be switched off later. */
const DIALECTS: readonly Dialect[] = [v3, v2, v1]

/** An instance and where it lies. */
export interface Placed {
  readonly address: Address
  readonly host: Host
}

/** What Nacos can be asked, in whichever generation of its API the node in use speaks. @throws RollcallError */
export class Api implements Disposable {
  readonly #nodes: Nodes

  constructor(nodes: Nodes) {
    this.#nodes = nodes
  }

  namespaces(signal?: AbortSignal): Promise<readonly Namespace[]> {
    return this.#do('list namespaces', (dialect, send) => dialect.namespaces(send), signal)
  }

  async services(of: { namespace: string; group?: string }, signal?: AbortSignal): Promise<readonly NacosService[]> {
    const doing = `list the services of namespace ${of.namespace}`
    return await this.#do(doing, (dialect, send) => dialect.services(send, of), signal)
  }

  /** What a service holds, each address once: two clients may have registered the same. */
  async hosts(service: NacosService, signal?: AbortSignal): Promise<Host[]> {
    const doing = `read ${groupedName(service)} in namespace ${service.namespace}`
    const told = await this.#do(doing, (dialect, send) => dialect.hosts(send, service), signal)
    const hosts = told.flatMap((each) => hostIn(each) ?? [])
    return [...new Map(hosts.map((host) => [`${host.clusterName}/${host.ip}:${host.port}`, host])).values()]
  }

  register({ address, host }: Placed, signal?: AbortSignal): Promise<void> {
    return this.#write(address, (dialect, send) => dialect.register(send, address, host), signal)
  }

  update({ address, host }: Placed, signal?: AbortSignal): Promise<void> {
    return this.#write(address, (dialect, send) => dialect.update(send, address, host), signal)
  }

  deregister({ address, host }: Placed, signal?: AbortSignal): Promise<void> {
    return this.#write(address, (dialect, send) => dialect.deregister(send, address, host), signal)
  }

  beat(address: Address, signal?: AbortSignal): Promise<Beat> {
    return this.#write(address, (dialect, send) => dialect.beat(send, address), signal)
  }

  /**
   * The gRPC client that registered an instance, by its connection; undefined where none did, or the server does not tell.
   * Clients over HTTP are called `ip:port#true`.
   */
  async holder({ address, host }: Placed, signal?: AbortSignal): Promise<string | undefined> {
    const doing = `see who holds ${groupedName(address)}`
    const clients = await this.#do(doing, (dialect, send) => dialect.publishers(send, address, host), signal)
    return clients?.find((client) => !/#(true|false)$/.test(client))
  }

  #write<T>(address: Address, act: (dialect: Dialect, send: Send) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#do(`write ${groupedName(address)} in namespace ${address.namespace}`, act, signal)
  }

  #do<T>(doing: string, act: (dialect: Dialect, send: Send) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#nodes.use(
      doing,
      async (node) => {
        node.dialect ??= this.#detect(node)
        let dialect: Dialect | undefined
        try {
          const { loginPath } = (dialect = await unlessAborted(node.dialect, signal))
          return await act(dialect, (call) => this.#nodes.send(node, { ...call, signal }, loginPath))
        } catch (error) {
          // Not found, or no longer there: it may be started with another version meanwhile.
          if (!dialect || !(error instanceof Refusal) || error.isOfThePath) node.dialect = undefined
          throw error
        }
      },
      signal,
    )
  }

  /** The newest generation whose list of instances answers, be it with a refusal. */
  async #detect(node: Node): Promise<Dialect> {
    let disabled: Refusal | undefined
    for (const dialect of DIALECTS) {
      try {
        const params = { namespaceId: 'public', groupName: 'DEFAULT_GROUP', serviceName: 'rollcall' }
        await this.#nodes.sendAsNobody(node, { path: dialect.probePath, params })
        return dialect
      } catch (error) {
        if (!(error instanceof Refusal) || error.isOfTheNode || error.wantsTls) throw error
        if (!error.isOfThePath) return dialect
        if (error.status === 410) disabled = error
      }
    }
    throw disabled ?? new Gibberish('no generation of the API answers')
  }

  [Symbol.dispose](): void {
    this.#nodes[Symbol.dispose]()
  }
}
