import type { Host } from './host.ts'
import type { NacosAddress, NacosService, Namespace } from './names.ts'

/** What a call sends: in the query, or as a form. */
export type Params = Readonly<Record<string, string | number | boolean>>

/** One call of Nacos' API. */
export interface NacosCall {
  /** GET where it is left out. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** After the context path: `/v2/ns/instance`. */
  readonly path: string
  readonly params?: Params
}

/** Sends a call to the node in use, and resolves to what the answer holds. @throws HttpFailure, Refusal, ForeignAnswer */
export type Send = (call: NacosCall) => Promise<unknown>

/** What a node says of itself: `state` of its version and logins, `nodes` of its cluster, `metrics` and `switches` of naming. */
export type OperatorCall = 'state' | 'nodes' | 'metrics' | 'switches'

/** One version of Nacos' HTTP API. Source of all three: com.alibaba.nacos.naming.controllers. */
export interface ApiVersion {
  readonly loginPath: string
  /** Lists the instances of a service: a server that answers here has this version. */
  readonly probePath: string
  /** What operators ask. */
  readonly operator: Readonly<Record<OperatorCall, string>>
  namespaces(send: Send): Promise<readonly Namespace[]>
  /** All services of a namespace, or of one group of it. */
  services(send: Send, of: { readonly namespace: string; readonly group?: string }): Promise<readonly NacosService[]>
  /** The instances of a service as the server lists them, disabled ones too; none for a service that does not exist. */
  hosts(send: Send, service: NacosService): Promise<readonly unknown[]>
  register(send: Send, address: NacosAddress, host: Host): Promise<void>
  /** Replaces weight, metadata and whether it is enabled. */
  update(send: Send, address: NacosAddress, host: Host): Promise<void>
  deregister(send: Send, address: NacosAddress, host: Host): Promise<void>
  /** Resolves to false where the server has forgotten the instance, or another kind of client holds it. */
  beat(send: Send, address: NacosAddress): Promise<boolean>
  /** The ids of the clients that registered an instance; undefined where this version, or this server to this user, does not list them. */
  publishers(send: Send, address: NacosAddress, host: Host): Promise<readonly string[] | undefined>
}
