import { domainToASCII } from 'node:url'
import { RollcallError } from '../model/errors.ts'

/**
 * The names of `--allow-host` as a browser sends them.
 *
 * @throws RollcallError `usage` for what is not a host name, or has a scheme or a port.
 */
export function allowedHosts(words: readonly string[]): string[] {
  return words.map((word) => {
    const isPattern = /[*?]/.test(word)
    const name = isPattern ? word.toLowerCase() : domainToASCII(word)
    if (/^[a-z0-9*?_.-]{1,253}$/.test(name)) return name
    throw new RollcallError('usage', `--allow-host "${word}" is not a host name`, {
      hint: 'write the name alone, without scheme and port: registry.example.com, or *.example.com; IP addresses need no flag',
    })
  })
}

/**
 * The origins of `--cors-origin`.
 *
 * @throws RollcallError `usage` for what is not an origin, and for `*` where no token is asked for.
 */
export function corsOrigins(words: readonly string[], isOpen: boolean): readonly string[] {
  for (const word of words) {
    if (word === '*' && isOpen) {
      throw new RollcallError(
        'usage',
        "--cors-origin '*' with --insecure-no-auth would let every web page that is open on this machine change the registry",
        { hint: 'name the origin of the page, or make tokens with rollcall token add' },
      )
    }
    if (word !== '*' && originOf(word) !== word) {
      throw new RollcallError('usage', `--cors-origin "${word}" is not an origin`, {
        hint: 'write scheme, host and port as a browser sends them: https://admin.example.com',
      })
    }
  }
  return words
}

function originOf(word: string): string | undefined {
  return /^https?:\/\//.test(word) && URL.canParse(word) ? new URL(word).origin : undefined
}
