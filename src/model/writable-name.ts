import { RollcallError } from './errors.ts'

/**
 * Refuses, with `usage`, names and ids that no registry should be given: in a key-value store they are parts of a key and
 * elsewhere of a URL's path, and readers there escape neither.
 */
export function checkWritableName(what: 'name' | 'id', text: string): void {
  if (text === '')
    throw new RollcallError('usage', `the ${what} of an instance is empty`, {
      hint: 'is a variable unset? It would be stored as a malformed key',
    })
  if (text.includes('/'))
    throw new RollcallError('usage', `the ${what} "${text}" has a slash, which separates the parts of a key`, {
      hint: 'use a hyphen or a dot instead',
    })
  // eslint-disable-next-line no-control-regex -- these are the characters that must not be written
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text) || !text.isWellFormed())
    throw new RollcallError('usage', `the ${what} ${JSON.stringify(text)} has characters that cannot be printed`, {
      hint: `take them out of the ${what}`,
    })
}
