import { RollcallError } from '../../model/errors.ts'
import { unescapeKey } from '../../model/key.ts'
import { unescapeService } from '../../model/target-word.ts'
import type { Context } from '../command.ts'

/** A service, or one of its instances, as a word on the command line names it. */
export interface NamedTarget {
  readonly service: string
  readonly id?: string
}

/**
 * Reads `<service>/<id>`, several of them, or `<service> <id>…`; `-` reads targets from standard input, one a line.
 * @throws RollcallError `usage` for nothing named, an empty service or id, and a line without a slash.
 */
export async function readTargets(
  context: Context,
  words: readonly string[],
): Promise<readonly [NamedTarget, ...NamedTarget[]]> {
  const [first, ...others] = words.includes('-') ? await fromLines(context, words) : fromWords(words)
  if (first) return [first, ...others]
  const where = words.length > 0 ? 'no targets on standard input' : 'no target given'
  throw new RollcallError('usage', where, { hint: 'write <service>/<id>' })
}

/** Service names and globs alone, as ls, watch, stats and check-keys take them. */
export function readServices(words: readonly string[]): string[] {
  return words.map((word) => {
    const service = unescapeService(withoutScheme(word))
    if (service !== '') return service
    throw new RollcallError('usage', 'a service name is empty', {
      hint: 'omit it for all services; is a variable unset?',
    })
  })
}

function fromWords(words: readonly string[]): NamedTarget[] {
  const [first, ...ids] = words
  if (first === undefined) return []
  const service = withoutScheme(first)
  if (service.includes('/')) return words.map((word) => splitTarget(withoutScheme(word)))
  if ([service, ...ids].includes('')) {
    throw new RollcallError('usage', `the ${service === '' ? 'service name' : 'id'} is empty`, {
      hint: 'is a variable unset? rollcall ls lists the services',
    })
  }
  const name = unescapeService(service)
  return ids.length === 0 ? [{ service: name }] : ids.map((id) => ({ service: name, id }))
}

/** `-o name` writes names as stored keys are escaped, so that each is one line. */
async function fromLines(context: Context, words: readonly string[]): Promise<NamedTarget[]> {
  if (words.length > 1) {
    throw new RollcallError('usage', '- cannot be combined with other targets', {
      hint: 'put all targets on standard input',
    })
  }
  const lines = (await context.io.stdin.text(context.signal)).split(/\r?\n/).filter((line) => line.trim() !== '')
  return lines.map((line) => splitTarget(withoutScheme(Buffer.from(unescapeKey(line)).toString('utf8'))))
}

/** Splits a target at the first slash with text on both sides. @throws RollcallError `usage` where there is none */
function splitTarget(word: string): NamedTarget {
  const at = word.indexOf('/', 1)
  const [service, id] = [word.slice(0, at), word.slice(at + 1)]
  if (at > 0 && id !== '') return { service: unescapeService(service), id }
  throw new RollcallError('usage', `"${word}" is not a target`, {
    hint: 'write <service>/<id>; --raw-key names a record that lacks one of them',
  })
}

/** The other readings of a target, with a slash in the name of the service; the longest name first. */
export function readingsOf({ service, id = '' }: NamedTarget): NamedTarget[] {
  const word = `${service}/${id}`
  const slashes = [...word.matchAll(/\//g)].map(({ index }) => index).filter((at) => at > service.length)
  const splits = slashes.map((at) => ({ service: word.slice(0, at), id: word.slice(at + 1) }))
  return splits.filter((target) => target.id !== '').toReversed()
}

/** The word without `discovery:///`, by which Kratos' clients name services. */
export function withoutScheme(word: string): string {
  return word.replace(/^discovery:\/\/\//, '')
}
