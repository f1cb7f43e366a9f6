import { RollcallError } from '../model/errors.ts'
import type { InstanceInit } from '../model/instance.ts'

/** The key of a new record. Throws `usage` for a name or an id that would lead to another place. */
export function newKey(prefix: string, instance: InstanceInit, between = ''): string {
  return `${prefix}/${part('service name', instance.name)}/${between}${part('instance id', instance.id)}`
}

function part(what: string, text: string): string {
  if (text === '') throw new RollcallError('usage', `the ${what} is empty`)
  if (text.includes('/'))
    throw new RollcallError('usage', `the ${what} "${text}" has a slash, which would change what its key means`, {
      hint: 'write it with a hyphen or a dot instead',
    })
  return text
}
