import { RollcallError } from '../model/errors.ts'

/** The number that a flag was given, or `otherwise` where it was left out. @throws RollcallError `usage` */
export function wholeNumber<Otherwise extends number | undefined>(
  flag: string,
  text: string | undefined,
  otherwise: Otherwise,
): number | Otherwise {
  if (text === undefined) return otherwise
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new RollcallError('usage', `${flag} "${text}" is no whole number`, {
    hint: `write for example ${flag} ${otherwise ?? 3}`,
  })
}
