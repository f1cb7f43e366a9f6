import type { experimental } from '@grpc/grpc-js'
import { type BackOff, backOff, pause } from '../model/back-off.ts'
import { CachedService } from '../client/cached-discovery.ts'
import { candidateOf } from '../client/candidate.ts'
import type { Client } from '../client/client.ts'
import { messageOf, RollcallError } from '../model/errors.ts'
import { type Logger, silent } from '../model/logger.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { anyOf } from '../model/signals.ts'
import type { Grpc } from './grpc-js.ts'
import { serviceConfigOf } from './service-config.ts'
import { attributesOf, endpointOf, registerWeighted } from './weighted.ts'

/** How targets are resolved. */
export interface GrpcResolverOptions {
  /** The schemes of targets; `discovery` and `rollcall` by default. Of two registries in one program each has its own. */
  readonly schemes?: readonly string[]
  /**
   * The calls that may be sent twice, as `package.Service` or `package.Service/Method`: when one of these ends with UNAVAILABLE,
   * it is tried at up to two other instances. None by default; calls that no server has begun to handle are always sent again.
   */
  readonly idempotent?: readonly string[]
  /** Only instances for which this returns true; all by default. */
  readonly where?: (entry: InstanceEntry) => boolean
  readonly logger?: Logger
}

const DELAY: BackOff = { first: 250, most: 10_000 }

/** Schemes of endpoints that speak gRPC; a bare address has none. */
const isGrpc = (scheme: string): boolean => scheme === '' || scheme === 'grpc' || scheme === 'grpcs'

/** @throws RollcallError `usage` for a path that stands for no text, such as `%zz` */
function serviceNamed(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {}
  throw new RollcallError('usage', `"${path}" does not name a service`, {
    hint: 'write for example discovery:///orders',
  })
}

/**
 * Resolves the targets `discovery:///name` and `rollcall:///name` in this registry, for all channels made afterwards with this
 * copy of @grpc/grpc-js. A channel watches the service while it is in use: calls go to the instances that are up and connected,
 * by weight, and an instance whose calls fail three times in a row is left out for 30 seconds. While the registry is
 * unreachable the last list stays. A `grpc.service_config` of the channel takes the place of all that but the list.
 *
 * Disposing ends the watches; channels keep the last list.
 */
export function registerResolver(
  grpc: Grpc,
  { client }: { readonly client: Pick<Client, 'watch'> },
  options: GrpcResolverOptions = {},
): AsyncDisposable {
  const { schemes = ['discovery', 'rollcall'], logger = silent } = options
  const stop = new AbortController()
  const running = new Set<Promise<void>>()
  registerWeighted(grpc)

  class RegistryResolver implements experimental.Resolver {
    readonly #name: string
    readonly #listener: experimental.ResolverListener
    /** The channel brings a configuration of its own. */
    readonly #isConfigured: boolean
    #watch: AbortController | undefined

    constructor(
      { path }: experimental.GrpcUri,
      listener: experimental.ResolverListener,
      channel: Readonly<Record<string, unknown>>,
    ) {
      this.#name = serviceNamed(path)
      this.#listener = listener
      this.#isConfigured = channel['grpc.service_config'] !== undefined
    }

    static getDefaultAuthority({ scheme = '', authority = '', path }: experimental.GrpcUri): string {
      if (authority === '') {
        serviceNamed(path)
        return path
      }
      throw new RollcallError('usage', `${scheme}://${authority}/${path} names an authority, which is not used`, {
        hint: `write ${scheme}:///${path}`,
      })
    }

    updateResolution(): void {
      if (this.#watch || stop.signal.aborted) return
      this.#watch = new AbortController()
      const run = this.#run(anyOf(this.#watch.signal, stop.signal)).catch(() => {})
      running.add(run)
      void run.finally(() => running.delete(run))
    }

    destroy(): void {
      this.#watch?.abort()
      this.#watch = undefined
    }

    /** Rejects with the signal's reason alone. */
    async #run(signal: AbortSignal): Promise<void> {
      const onList = (entries: readonly InstanceEntry[]): void => {
        if (!signal.aborted) this.#report(entries)
      }
      for (let attempt = 1; ; attempt++) {
        const service = new CachedService(client, this.#name, { logger, signal, onList })
        try {
          await service.ready
          return await service.ended
        } catch (error) {
          signal.throwIfAborted()
          this.#fail(`${this.#name}: ${messageOf(error)}`)
          const delay = backOff(attempt, DELAY)
          logger.warn(`${this.#name} cannot be resolved: ${messageOf(error)}; again in ${delay} ms`)
          await pause(delay, signal)
        }
      }
    }

    #report(entries: readonly InstanceEntry[]): void {
      const { where = () => true } = options
      const up = entries.filter((entry) => entry.observed.status === 'up' && where(entry))
      const candidates = up.flatMap((entry) => candidateOf(entry, isGrpc) ?? [])
      const { statusOrFromValue } = grpc.experimental
      this.#listener(
        statusOrFromValue(candidates.map((candidate) => endpointOf(grpc, candidate))),
        attributesOf(grpc, candidates),
        this.#isConfigured ? null : statusOrFromValue(serviceConfigOf(options.idempotent ?? [])),
        candidates.length > 0 ? '' : `none of ${entries.length} instances of ${this.#name} is up and can be dialled`,
      )
    }

    #fail(details: string): void {
      const { statusOrFromError } = grpc.experimental
      const unavailable = { code: grpc.status.UNAVAILABLE, details, metadata: new grpc.Metadata() }
      this.#listener(statusOrFromError(unavailable), {}, null, '')
    }
  }

  for (const scheme of schemes) grpc.experimental.registerResolver(scheme, RegistryResolver)
  return {
    async [Symbol.asyncDispose]() {
      stop.abort(new RollcallError('interrupted', 'the resolver was closed'))
      await Promise.all(running)
    },
  }
}
