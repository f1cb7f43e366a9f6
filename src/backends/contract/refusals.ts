import { RollcallError } from '../../model/errors.ts'
import type { Status } from '../../model/status.ts'
import { advice, option } from '../../model/wording.ts'

/** For an instance whose place others have. `ids`: their records. `note`: what else is known of them, in parentheses. */
export function alreadyRegistered(
  { name, id }: { readonly name: string; readonly id: string },
  ids: readonly string[],
  note = '',
): RollcallError {
  return new RollcallError(
    'conflict',
    `${name}/${id} is already registered with different data: ${ids.join(', ')}${note}`,
    {
      hint: `choose another id or address, or replace what is there with ${option('replace')}`,
    },
  )
}

/** For a record of another kind of registry. `title`: the one that was asked, as people call it. */
export function notARecordOf(title: string, id: string): RollcallError {
  return new RollcallError('unsupported', `${id} is not a record of ${title}`, {
    hint: 'use the kind of registry that it was read from',
  })
}

/** For a record that is to be compared and carries nothing to compare. */
export function neverRead(id: string): RollcallError {
  return new RollcallError('usage', `${id} has no revision to compare, so it was never read`, {
    hint: 'read it first, and change what was read',
  })
}

/** For a status that a record cannot have. `statuses`: those that a record of this registry can have. */
export function statusUnsupported(
  title: string,
  { id, status, statuses }: { readonly id: string; readonly status: Status; readonly statuses: readonly Status[] },
): RollcallError {
  const supported = statuses.join(' and ')
  return new RollcallError('unsupported', `${id} cannot be set to ${status}: ${title} supports ${supported} only`)
}

/** For a registration that others keep from being finished. `attempts`: how often it was read and then found to have changed. */
export function keepsChanging(
  { name, id }: { readonly name: string; readonly id: string },
  attempts: number,
): RollcallError {
  return new RollcallError(
    'conflict',
    `gave up after ${attempts} attempts: another process keeps changing ${name}/${id}`,
    { hint: `find the other process that registers it: ${advice('watch')} shows the changes` },
  )
}

/** For a record that lives without heartbeats. */
export function nothingToRenew(id: string): RollcallError {
  return new RollcallError('unsupported', `${id} needs no heartbeats: there is nothing to renew`)
}

/** What a registry, or its layout, may be able to do or not; see `Capabilities`. */
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
