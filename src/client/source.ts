import { RollcallError } from '../model/errors.ts'
import type { Backend } from '../backends/contract/backend.ts'
import type { Capabilities } from '../model/capabilities.ts'
import type { Logger } from '../model/logger.ts'

/** What the parts of the client work on: an opened registry, what it can, and the clock (milliseconds since 1970). */
export interface Source {
  readonly backend: Backend
  readonly capabilities: Capabilities
  readonly logger: Logger
  readonly now: () => number
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

/** What cannot be done without an ability, and what can be done instead. */
const ABILITIES: Readonly<Record<Ability, { readonly fact: string; readonly hint: string }>> = {
  keepAlive: {
    fact: 'keeps no registration alive',
    hint: 'register without keep-alive: the record stays until it is removed',
  },
  renew: {
    fact: 'takes no heartbeats',
    hint: 'its records need none, or their owner sends them: nothing is to be done',
  },
  lease: { fact: 'has no leases', hint: 'renew the instance by its service and id' },
  offline: {
    fact: 'cannot take an instance out of traffic and keep its record',
    hint: 'deregister it, and register it again later',
  },
  restore: { fact: 'takes no records back as they were', hint: 'register the instances again' },
  monitor: {
    fact: 'has no records that a monitor could mark as down: it knows by itself what lives',
    hint: 'a monitor is for AIO records, in etcd, ZooKeeper or the embedded registry',
  },
  status: {
    fact: 'takes no status with a registration: what is registered is up',
    hint: 'register it, and take it out of traffic then',
  },
  folders: { fact: 'has no nodes beside its records', hint: 'leave --empty-nodes out: nothing is left behind' },
  history: { fact: 'keeps no history', hint: 'watch without a revision to begin at: the snapshot says what is there' },
}

/** The refusal of what a registry, or its layout, cannot. */
export function unsupported(driver: string, ability: Ability): RollcallError {
  const { fact, hint } = ABILITIES[ability]
  return new RollcallError('unsupported', `${driver} ${fact}`, { hint })
}
