import type { Host } from './host.ts'
import type { Call } from './nodes.ts'
import type { Address, NacosService, Namespace } from './names.ts'

/** One generation of Nacos' HTTP API. Source of all three: com.alibaba.nacos.naming.controllers. */
export interface Dialect {
  readonly loginPath: string
  /** Lists the instances of a service: whoever answers here speaks this generation. */
  readonly probePath: string
  namespaces(send: Send): Promise<readonly Namespace[]>
  /** All services of a namespace, or of one group of it. */
  services(send: Send, of: { readonly namespace: string; readonly group?: string }): Promise<readonly NacosService[]>
  /** The instances of a service as the server tells them, disabled ones too; none for a service that is not there. */
  hosts(send: Send, service: NacosService): Promise<readonly unknown[]>
  register(send: Send, address: Address, host: Host): Promise<void>
  /** Replaces weight, metadata and whether it is enabled. */
  update(send: Send, address: Address, host: Host): Promise<void>
  deregister(send: Send, address: Address, host: Host): Promise<void>
  beat(send: Send, address: Address): Promise<Beat>
  /** The clients that registered an instance, by their ids; undefined where this generation does not tell. */
  publishers(send: Send, address: Address, host: Host): Promise<readonly string[] | undefined>
}

/** What the server says to a heartbeat. */
export interface Beat {
  /** It has forgotten the instance, or another kind of client holds it. */
  readonly known: boolean
  /** Milliseconds until the next one, where it says so. */
  readonly next?: number
}

/** Sends a call to the node in use. @throws Refusal */
export type Send = (call: Omit<Call, 'signal'>) => Promise<unknown>
