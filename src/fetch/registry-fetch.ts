import { type Balancer, type BalancerOptions, balancer } from '../client/balancer.ts'
import type { Picked } from '../client/candidate.ts'
import type { Client } from '../client/client.ts'
import { RollcallError } from '../model/errors.ts'
import type { ServiceInstance } from '../model/instance.ts'
import { anyOf, unlessAborted } from '../model/signals.ts'
import { type ServiceUrl, serviceUrlOf } from './service-url.ts'
import { BadStatus, isRepeatable, wasNeverSent } from './repeatable.ts'

/** How instances are chosen, and how often a request is tried. */
export interface RegistryFetchOptions extends Omit<BalancerOptions, 'scheme' | 'signal'> {
  /** Only endpoints of this scheme, `http` or `https`; both by default. */
  readonly scheme?: 'http' | 'https'
  /** How many instances a request is tried at, at most; 3 by default. */
  readonly tries?: number
  /** Milliseconds that an instance may take until its response begins; 10,000 by default. */
  readonly timeout?: number
  /** Receives each try that failed. Must not throw. */
  readonly onFailure?: (failure: FetchFailure) => void
  /** What sends a request to an instance; the global `fetch` by default. */
  readonly fetch?: typeof fetch
}

/** A try at one instance that failed. */
export interface FetchFailure {
  readonly service: string
  readonly instance: ServiceInstance
  /** The URL that was tried, without its query. */
  readonly url: string
  /** What `fetch` threw, or an error that names the status 502, 503 or 504. */
  readonly error: unknown
}

/** A bare address is taken for one of HTTP. */
const HTTP = ['http', 'https', '']

/** As the global `fetch`, for URLs of services: `rollcall:///orders/v1/items?limit=3`. Disposing ends its watches. */
export interface RegistryFetch extends AsyncDisposable {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Returns a `fetch` that sends requests for `rollcall:///name/path` and `discovery:///name/path` to an instance of that service
 * which is up. When an instance fails the next one is tried: after a connection that could not be made always, and after any
 * other failure, a timeout, or a status 502, 503 or 504 only for methods that may be repeated (GET, HEAD, OPTIONS, TRACE, PUT,
 * DELETE) and requests with an `Idempotency-Key`. Instances that fail three times in a row are left out for 30 seconds. Each
 * service is watched from its first request on, and the last list is used while the registry is unreachable. Other URLs are
 * fetched as they are.
 */
export function registryFetch(
  registry: { readonly client: Pick<Client, 'watch'> },
  options: RegistryFetchOptions = {},
): RegistryFetch {
  const services = new Services(registry, options)
  const plain = options.fetch ?? globalThis.fetch
  const call = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = serviceUrlOf(input instanceof Request ? input.url : input)
    if (!url) return await plain(input, init)
    const request = input instanceof Request ? new Request(input, init) : new Request(url.placeholder, init)
    return await send(url, request, {
      ...options,
      init,
      plain,
      balanced: await services.of(url.service, request.signal),
    })
  }
  return Object.assign(call, { [Symbol.asyncDispose]: () => services[Symbol.asyncDispose]() })
}

/** A balancer for each service that was asked for. */
class Services implements AsyncDisposable {
  readonly #registry: { readonly client: Pick<Client, 'watch'> }
  readonly #options: RegistryFetchOptions
  readonly #balancers = new Map<string, Promise<Balancer>>()
  readonly #stop = new AbortController()

  constructor(registry: { readonly client: Pick<Client, 'watch'> }, options: RegistryFetchOptions) {
    this.#registry = registry
    this.#options = options
  }

  /** @throws RollcallError the registry's error when the first list cannot be read; the next request reads again */
  of(service: string, signal: AbortSignal): Promise<Balancer> {
    this.#stop.signal.throwIfAborted()
    const known = this.#balancers.get(service)
    const { scheme = HTTP } = this.#options
    const opened = known ?? balancer(this.#registry, service, { ...this.#options, scheme, signal: this.#stop.signal })
    if (!known) {
      this.#balancers.set(service, opened)
      opened.catch(() => this.#balancers.delete(service))
    }
    return unlessAborted(opened, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new RollcallError('interrupted', 'this fetch was closed'))
    const opened = await Promise.allSettled(this.#balancers.values())
    await Promise.all(
      opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value[Symbol.asyncDispose]()] : [])),
    )
  }
}

interface Sending extends RegistryFetchOptions {
  readonly balanced: Balancer
  readonly plain: typeof fetch
  readonly init: RequestInit
}

async function send(url: ServiceUrl, request: Request, options: Sending): Promise<Response> {
  const { balanced, tries = 3, onFailure } = options
  const mayRepeat = isRepeatable(request)
  let bad: BadStatus | undefined
  const attempt = async (picked: Picked): Promise<Response> => {
    const target = new URL(url.path, baseOf(picked))
    // The answer before is not going to be used.
    await bad?.response.body?.cancel()
    bad = undefined
    try {
      return await tryAt(target, request.clone(), options)
    } catch (error) {
      if (error instanceof BadStatus) bad = error
      if (!request.signal.aborted) {
        target.search = ''
        onFailure?.({ service: url.service, instance: picked.instance, url: target.href, error })
      }
      throw error
    }
  }
  try {
    return await balanced.call(attempt, {
      tries,
      signal: request.signal,
      retryable: (error) => mayRepeat || wasNeverSent(error),
    })
  } catch (error) {
    // No instance did better: the answer is for the caller to judge, as of any fetch.
    if (error instanceof BadStatus) return error.response
    throw error
  }
}

/** @throws BadStatus for an answer after which another instance can do better; what `fetch` throws; a TimeoutError */
async function tryAt(target: URL, request: Request, options: Sending): Promise<Response> {
  const { plain, init, timeout = 10_000 } = options
  const late = new AbortController()
  const timer = setTimeout(
    () => late.abort(new DOMException(`no response within ${timeout} ms`, 'TimeoutError')),
    timeout,
  )
  try {
    const signal = anyOf(request.signal, late.signal)
    const { method, headers, body, redirect } = request
    const own = { method, headers: [...headers] as [string, string][], body, redirect, signal }
    const response = await plain(target, { ...init, ...own, ...(body && { duplex: 'half' as const }) })
    if (BadStatus.is(response)) throw new BadStatus(target, response)
    return response
  } finally {
    clearTimeout(timer)
  }
}

/** A bare address speaks plain HTTP. */
function baseOf({ url, address }: Picked): string {
  return url.startsWith('https:') ? `https://${address}` : `http://${address}`
}
