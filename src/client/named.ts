import { RollcallError } from '../model/errors.ts'
import type { InstanceInit } from '../model/instance.ts'
import type { InstanceEntry } from '../model/reading.ts'

/** What tells an instance from all others. */
export type Named = Pick<InstanceInit, 'name' | 'id'>

export const nameOf = ({ name, id }: Named): string => `${name}/${id}`

/** The one of that name; undefined where there is none. Throws `ambiguous` for several. */
export function theOnly(entries: readonly InstanceEntry[], named: Named): InstanceEntry | undefined {
  if (entries.length > 1) throw inSeveralPlaces(nameOf(named), entries)
  return entries[0]
}

function inSeveralPlaces(name: string, entries: readonly InstanceEntry[]): RollcallError {
  const places = entries.map(({ records }) => records.map(({ id }) => id).join(', ')).join(' and ')
  return new RollcallError('ambiguous', `${name} lies in several places: ${places}`, {
    hint: 'connect to one of these places alone, or remove its records by client.remove',
  })
}
