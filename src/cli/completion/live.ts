import { Client } from '../../client/client.ts'
import { resolve } from '../../config/resolve.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import type { Globals } from '../globals.ts'

/** A word that may come next, with its summary. */
export interface Completion {
  readonly word: string
  readonly summary?: string
}

/** Time limit for the registry in milliseconds: with the start of the program, what a key press allows. */
const PATIENCE = 180

/** Names that can be typed as they are: without anything that a shell or a terminal would interpret. */
const PLAIN = /^[\p{L}\p{N}_.@%+:,/-]+$/u

/** The services of the registry that the line names; none when it does not answer in time, or the line cannot be resolved. */
export function serviceNames(context: Context, globals: Globals): Promise<Completion[]> {
  return inTime(context, globals, async (client, signal) => {
    const names = new Set<string>()
    for await (const entry of client.entries({}, { signal })) if (entry.is === 'instance') names.add(entry.service)
    return [...names].map((word) => ({ word }))
  })
}

/** The ids of one service's instances; `whole` writes them as `<service>/<id>`. */
export function idsOf(
  context: Context,
  globals: Globals,
  service: string,
  { whole = false } = {},
): Promise<Completion[]> {
  return inTime(context, globals, async (client, signal) => {
    const found: Completion[] = []
    for await (const entry of client.entries({ services: [service] }, { signal })) {
      if (entry.is !== 'instance') continue
      const { instance, observed } = entry
      found.push({ word: whole ? `${service}/${instance.id}` : instance.id, summary: observed.status })
    }
    return found
  })
}

async function inTime(
  context: Context,
  globals: Globals,
  ask: (client: Client, signal: AbortSignal) => Promise<Completion[]>,
): Promise<Completion[]> {
  const { io, logger } = context
  const stop = new AbortController()
  const asking = async () => {
    const { target } = await resolve(globals, { env: io.env, cwd: io.cwd, readStdin: noSecret })
    await using client = await Client.open(target, { signal: stop.signal, logger, now: () => context.now() })
    return await ask(client, stop.signal)
  }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Completion[]>((resolved) => {
    timer = setTimeout(() => resolved([]), PATIENCE)
  })
  const found = await Promise.race([asking().catch(() => []), late])
  clearTimeout(timer)
  stop.abort()
  return found.filter(({ word }) => PLAIN.test(word))
}

function noSecret(): Promise<never> {
  return Promise.reject(new RollcallError('usage', 'a completion reads no secret', { hint: 'name a file' }))
}
