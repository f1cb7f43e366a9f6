import { RollcallError } from '../model/errors.ts'

/** The values of a flag that may be repeated, or hold several with commas between. @throws RollcallError `usage` for an empty one */
export function commaSeparated(given: readonly string[] | undefined, flag: string): string[] {
  const all = (given ?? []).flatMap((value) => value.split(',')).map((value) => value.trim())
  if (!all.includes('')) return all
  // An unset variable in a script must not turn into "everything".
  throw new RollcallError('usage', `${flag} has an empty value`, { hint: `leave ${flag} out to select all` })
}
