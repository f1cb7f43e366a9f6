import type { Logger } from '../../model/logger.ts'
import { messageOf } from '../../model/errors.ts'
import {
  askWord,
  type ServerTls,
  exists,
  ServerError,
  type Session,
  SessionClosed,
  SessionExpired,
} from './client/index.ts'
import type { StoreLease, StoreLeaseState } from '../kv/store.ts'
import type { Ensemble } from './ensemble.ts'
import { NodeReader, leaseOf } from './nodes.ts'

interface Own {
  readonly session: Session
  /** Seconds. */
  readonly ttl: number
  /** Nodes that were made in it; some may be gone by now. */
  readonly paths: Set<string>
}

/** The sessions that this process keeps, one for each lease. They beat by themselves. */
export class Sessions {
  readonly #ensemble: Ensemble
  readonly #own = new Map<string, Own>()

  constructor(ensemble: Ensemble) {
    this.#ensemble = ensemble
  }

  /** The session behind a lease of ours. */
  of(lease: string | undefined): Session | undefined {
    return lease === undefined ? undefined : this.#own.get(lease)?.session
  }

  /** To be told what was made in one. */
  made(lease: string, path: string): void {
    this.#own.get(lease)?.paths.add(path)
  }

  /** A new one of about so many seconds: the servers have the last word. */
  async grant(ttl: number, signal?: AbortSignal): Promise<StoreLease> {
    const session = this.#ensemble.open({ timeout: Math.round(ttl * 1000), renew: false })
    try {
      await session.request(exists('/'), signal).catch(ignoreAnswer)
    } catch (error) {
      await session.leave()
      throw error
    }
    const lease = leaseOf(session.id ?? 0n)
    const own = { session, ttl: session.timeout / 1000, paths: new Set<string>() }
    this.#own.set(lease, own)
    return { lease, ttl: own.ttl }
  }

  /** Asks whether a server knows it still. Undefined: it does not, or it is not ours. */
  async keepAlive(lease: string, signal?: AbortSignal): Promise<StoreLease | undefined> {
    signal?.throwIfAborted()
    const own = this.#own.get(lease)
    if (!own) return undefined
    try {
      await own.session.request(exists('/'), signal).catch(ignoreAnswer)
      return { lease, ttl: own.ttl }
    } catch (error) {
      if (!(error instanceof SessionExpired || error instanceof SessionClosed)) throw error
      this.#own.delete(lease)
      return undefined
    }
  }

  /** What is known of those of ours. */
  async lookUp(
    leases: readonly string[],
    { keys = false, signal }: { keys?: boolean; signal?: AbortSignal },
  ): Promise<Map<string, StoreLeaseState>> {
    const found = new Map<string, StoreLeaseState>()
    for (const lease of leases) {
      signal?.throwIfAborted()
      const own = this.#own.get(lease)
      if (own?.session.id === undefined) continue
      const remaining = Math.max(0, own.ttl - own.session.silence / 1000)
      found.set(lease, { granted: own.ttl, remaining, ...(keys ? { keys: await keysOf(own, signal) } : {}) })
    }
    return found
  }

  async revoke(lease: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    const own = this.#own.get(lease)
    this.#own.delete(lease)
    await own?.session.close()
    if (own) this.#ensemble.saw(own.session.zxid)
  }

  /** Leaves them to the servers, which end them in their time. */
  async leave(): Promise<void> {
    await Promise.all([...this.#own.values()].map(({ session }) => session.leave()))
  }
}

/** Those of its nodes that are still its own. */
async function keysOf({ session, paths }: Own, signal?: AbortSignal): Promise<Uint8Array[]> {
  const all = [...paths]
  const nodes = await new NodeReader(session).nodes(all, signal)
  return all.flatMap((path, at) => {
    const node = nodes[at]
    if (node && !(node instanceof ServerError) && node.stat.owner === session.id) return [Buffer.from(path)]
    paths.delete(path)
    return []
  })
}

/** Any answer of a server will do. */
function ignoreAnswer(error: unknown): void {
  if (!(error instanceof ServerError)) throw error
}

/** As the servers list a connection: ` /10.0.0.5:53312[1](queued=0,…,sid=0x1000a,…)`; older ones put no brackets around IPv6. */
const CONNECTION = /^ *\/\[?([\w.:%-]+?)\]?:(\d+)\[\d+\]\([^\n]*\bsid=0x([0-9a-f]+)/gm
/** Milliseconds: the answer is worth no longer wait. */
const PATIENCE = 1_000

/**
 * Where each session is connected from (`host:port`), by its id in hexadecimal. Every server knows its own connections
 * alone, so all are asked; one that does not tell, or is away, is left out.
 */
export async function sessionAddresses(
  { endpoints, tls, logger }: { endpoints: readonly string[]; tls: ServerTls | undefined; logger: Logger },
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
