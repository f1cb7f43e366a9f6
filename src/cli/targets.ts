import { RollcallError } from '../model/errors.ts'
import type { Context } from './context.ts'

/** What a word on the command line names: a service, or one of its instances. */
export interface Target {
  readonly service: string
  readonly id?: string
}

/**
 * Reads `<service>/<id>`, several of them, or `<service> <id>…`; `-` reads targets from standard input, one a line.
 * @throws RollcallError `usage` for an empty service or id, and for a line without a slash.
 */
export async function readTargets(context: Context, words: readonly string[]): Promise<Target[]> {
  const [first, ...ids] = words
  if (first === undefined) return []
  if (words.includes('-')) return await fromLines(context, words)
  const service = withoutScheme(first)
  if (service.includes('/')) return words.map((word) => splitTarget(withoutScheme(word)))
  if (service === '')
    throw new RollcallError('usage', 'the service name is empty', { hint: 'name one: rollcall ls lists them' })
  if (ids.length === 0) return [{ service }]
  return ids.map((id) => ({ service, id }))
}

/** Service names and globs alone, as ls, watch, stats and check-keys take them. */
export function readServices(words: readonly string[]): string[] {
  return words.map((word) => {
    const service = withoutScheme(word)
    if (service !== '') return service
    throw new RollcallError('usage', 'a service name is empty', {
      hint: 'leave it out for all services; an unset variable, perhaps?',
    })
  })
}

async function fromLines(context: Context, words: readonly string[]): Promise<Target[]> {
  if (words.length > 1) {
    throw new RollcallError('usage', '- reads all targets from standard input and goes with no other', {
      hint: 'name them all there',
    })
  }
  const lines = (await context.io.stdin.text()).split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '').map((line) => splitTarget(withoutScheme(line)))
}

function splitTarget(word: string): Target {
  const at = word.indexOf('/')
  const [service, id] = [word.slice(0, at), word.slice(at + 1)]
  if (at > 0 && id !== '') return { service, id }
  throw new RollcallError('usage', `"${word}" is no target`, {
    hint: 'write <service>/<id>; a record without one of them is named by --raw-key',
  })
}

/** Kratos' clients name services as `discovery:///name`. */
function withoutScheme(word: string): string {
  return word.replace(/^discovery:\/\/\//, '')
}
