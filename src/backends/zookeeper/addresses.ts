import type { Logger } from '../../model/logger.ts'
import { messageOf } from '../../model/errors.ts'
import { askWord, type Tls } from './client/index.ts'

/** As the servers list a connection: ` /10.0.0.5:53312[1](queued=0,…,sid=0x1000a,…)`; older ones put no brackets around IPv6. */
const CONNECTION = /^ *\/\[?([\w.:%-]+?)\]?:(\d+)\[\d+\]\([^\n]*\bsid=0x([0-9a-f]+)/gm
/** Milliseconds: the answer is worth no longer wait. */
const PATIENCE = 1_000

/**
 * Where each session is connected from (`host:port`), by its id in hexadecimal. Every server knows its own connections
 * alone, so all are asked; one that does not tell, or is away, is left out.
 */
export async function sessionAddresses(
  { endpoints, tls, logger }: { endpoints: readonly string[]; tls: Tls | undefined; logger: Logger },
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const answers = await Promise.all(
    endpoints.map(async (endpoint) => {
      try {
        return await askWord('cons', { endpoint, tls, patience: PATIENCE, ...(signal && { signal }) })
      } catch (error) {
        logger.debug(`zookeeper: ${endpoint} does not say where sessions are connected from: ${messageOf(error)}`)
        return ''
      }
    }),
  )
  signal?.throwIfAborted()
  for (const [at, answer] of answers.entries())
    if (answer.includes('whitelist')) logger.debug(`zookeeper: ${endpoints[at]}: ${answer.trim()}`)
  return new Map(answers.flatMap(connectionsIn))
}

/** Sessions and their addresses in what a server says to `cons`. */
function connectionsIn(answer: string): [string, string][] {
  return [...answer.matchAll(CONNECTION)].map(([, host = '', port = '', session = '']) => [
    session,
    `${host.includes(':') ? `[${host}]` : host}:${port}`,
  ])
}
