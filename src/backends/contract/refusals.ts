import { RollcallError } from '../../model/errors.ts'
import type { Status } from '../../model/status.ts'

/** One wording for each thing that every registry refuses. */

/** `ids`: the records that are in its place. */
export function alreadyRegistered(
  { name, id }: { readonly name: string; readonly id: string },
  ids: readonly string[],
): RollcallError {
  return new RollcallError('conflict', `${name}/${id} is already registered with different data: ${ids.join(', ')}`, {
    hint: 'choose another id or address, or replace what is there with --replace',
  })
}

/** `title`: the registry, as people call it. */
export function notARecordOf(title: string, id: string): RollcallError {
  return new RollcallError('unsupported', `${id} is no record of ${title}`, {
    hint: 'use the kind of registry that it was read from',
  })
}

export function neverRead(id: string): RollcallError {
  return new RollcallError('usage', `${id} has no revision to compare, so it was never read`, {
    hint: 'read it first, and change what was read',
  })
}

/** `statuses`: those that it can have. */
export function statusUnsupported(id: string, status: Status, statuses: readonly Status[]): RollcallError {
  return new RollcallError('unsupported', `${id} cannot be set to ${status}`, {
    hint: `set it to ${statuses.join(' or ')}`,
  })
}

export function nothingToRenew(id: string): RollcallError {
  return new RollcallError('unsupported', `${id} needs no heartbeats: there is nothing to renew`)
}
