import { advice, option } from '../model/wording.ts'
import { RollcallError } from '../model/errors.ts'
import type { Backend } from '../backends/contract/backend.ts'
import type { Capabilities } from '../model/capabilities.ts'
import type { Logger } from '../model/logger.ts'

/** What the parts of the client work on: an open registry, its capabilities, and the clock (milliseconds since 1970). */
export interface Source {
  readonly backend: Backend
  readonly capabilities: Capabilities
  readonly logger: Logger
  readonly now: () => number
  /** The registry as people write it, for tracing. */
  readonly registry: string
}

export type Ability =
  | 'keepAlive'
  | 'renew'
  | 'lease'
  | 'offline'
  | 'restore'
  | 'history'
  | 'folders'
  | 'monitor'
  | 'status'
  | 'tags'

/** What cannot be done without an ability, and what can be done instead. */
const ABILITIES: Readonly<Record<Ability, { readonly fact: string; readonly hint: string }>> = {
  keepAlive: {
    fact: 'cannot keep a registration alive',
    hint: 'register without keep-alive: the record stays until it is removed',
  },
  renew: {
    fact: 'takes no heartbeats',
    hint: 'nothing to renew: its records need no heartbeats, or their owner sends them',
  },
  lease: { fact: 'has no leases', hint: 'renew the instance by its service and id' },
  offline: {
    fact: 'cannot take an instance out of traffic and keep its record',
    hint: 'deregister it, and register it again later',
  },
  restore: { fact: 'cannot restore records', hint: 'register the instances again' },
  monitor: {
    fact: 'has no records for a monitor to mark as down: the registry itself tracks what is alive',
    hint: 'a monitor is for AIO records, in etcd, ZooKeeper or the embedded registry',
  },
  status: {
    fact: 'cannot set a status at registration: new registrations are up',
    hint: 'register it, then take it out of traffic',
  },
  folders: {
    fact: 'has no nodes beside its records',
    get hint() {
      return `leave out ${option('reasons.emptyNodes')}: this registry leaves no empty nodes behind`
    },
  },
  tags: {
    fact: 'has no tags',
    get hint() {
      return advice('tags')
    },
  },
  history: { fact: 'keeps no history', hint: 'watch without a start revision: the snapshot shows the current state' },
}

/** The error for an ability that a registry, or its layout, does not have. */
export function unsupported(driver: string, ability: Ability): RollcallError {
  const { fact, hint } = ABILITIES[ability]
  return new RollcallError('unsupported', `${driver} ${fact}`, { hint })
}
