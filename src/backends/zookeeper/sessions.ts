import type { Logger } from '../../model/logger.ts'
import { messageOf } from '../../model/errors.ts'
import {
  askWord,
  type SocketTls,
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
  /** Nodes created in it; some may be gone by now. */
  readonly paths: Set<string>
}

/** The sessions of this process, one for each lease. They renew themselves. */
export class Sessions {
  readonly #ensemble: Ensemble
  readonly #own = new Map<string, Own>()

  constructor(ensemble: Ensemble) {
    this.#ensemble = ensemble
  }

  /** The session of a lease; undefined if it is not of this process. */
  of(lease: string | undefined): Session | undefined {
    return lease === undefined ? undefined : this.#own.get(lease)?.session
  }

  /** Notes that a node was created in a session. */
  made(lease: string, path: string): void {
    this.#own.get(lease)?.paths.add(path)
  }

  /** Opens a session of about `ttl` seconds; the servers decide the exact time. */
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

  /** Asks a server whether the session is alive. Undefined if it is not, or is not of this process. */
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

  /** The state of the leases that are sessions of this process; others are left out. */
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

  /** Disconnects; the servers end the sessions when their time is over. */
  async leave(): Promise<void> {
    await Promise.all([...this.#own.values()].map(({ session }) => session.leave()))
  }
}

/** The nodes of a session that still belong to it. */
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

/** Accepts any answer of a server; throws everything else. */
function ignoreAnswer(error: unknown): void {
  if (!(error instanceof ServerError)) throw error
}

/**
 * A connection as servers list it: ` /10.0.0.5:53312[1](queued=0,…,sid=0x1000a,…)`; older ones write IPv6 without
 * brackets.
 */
const CONNECTION = /^ *\/\[?([\w.:%-]+?)\]?:(\d+)\[\d+\]\([^\n]*\bsid=0x([0-9a-f]+)/gm
/** Milliseconds to wait for an answer, which is only additional information. */
const PATIENCE = 1_000

/**
 * The client address (`host:port`) of each session, by its id in hexadecimal. A server knows only its own connections, so all
 * are asked; one that refuses or does not answer is skipped with a debug message. Throws only the signal's reason.
 */
export async function sessionAddresses(
  { endpoints, tls, logger }: { endpoints: readonly string[]; tls: SocketTls | undefined; logger: Logger },
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

/** The sessions and addresses in a server's answer to `cons`. */
function connectionsIn(answer: string): [string, string][] {
  return [...answer.matchAll(CONNECTION)].map(([, host = '', port = '', session = '']) => [
    session,
    `${host.includes(':') ? `[${host}]` : host}:${port}`,
  ])
}
