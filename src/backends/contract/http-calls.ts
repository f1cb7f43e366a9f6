import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as requestPlainly,
} from 'node:http'
import { Agent as TlsAgent, type AgentOptions, request as requestOverTls } from 'node:https'
import { isIP } from 'node:net'
import { finished } from 'node:stream/promises'
import { checkServerIdentity } from 'node:tls'
import { onAbort } from '../../model/signals.ts'
import type { Tls } from './tls.ts'
import { HttpFailure } from './http-failure.ts'

export interface HttpCall {
  /** GET where it is left out. */
  readonly method?: string
  readonly url: URL
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
  /** Milliseconds: until the answer's head for `open`, until its end for `text`. */
  readonly timeout: number
  readonly signal?: AbortSignal | undefined
}

/** An answer whose body is yet to be read: to its end, or destroyed. */
export interface OpenAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: IncomingMessage
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface HttpCallsOptions {
  readonly tls?: Pick<Tls, 'context' | 'serverName' | 'verify'> | undefined
  /** Who connects for `https:` instead, as through a proxy. */
  readonly agent?: TlsAgent | undefined
}

/** HTTP calls over connections that are kept open. Any answer is an answer, whatever its status. */
export class HttpCalls implements Disposable {
  /** What the newest answer's head told of the server's clock, and when that was by the steady one here. */
  #told: { readonly time: number; readonly at: number } | undefined
  readonly #agents: { readonly plain: Agent; readonly tls: TlsAgent }

  constructor({ tls, agent }: HttpCallsOptions = {}) {
    const own = () => new TlsAgent({ keepAlive: true, ...(tls ? tlsOptions(tls) : {}) })
    this.#agents = { plain: new Agent({ keepAlive: true }), tls: agent ?? own() }
  }

  /**
   * The answer as soon as its head is there; the signal ends its body too.
   * @throws HttpFailure where there is none; the signal's reason
   */
  async open(call: HttpCall): Promise<OpenAnswer> {
    try {
      return await this.#send(call)
    } catch (error) {
      // The server closed a connection that was kept open, before it had read anything of this.
      const stale = error instanceof HttpFailure && error.wasKeptOpen && (call.method ?? 'GET') === 'GET'
      if (!stale) throw error
      return await this.#send(call)
    }
  }

  /** The whole answer. */
  async text(call: HttpCall): Promise<HttpAnswer> {
    const end = new AbortController()
    const timer = setTimeout(() => end.abort(HttpFailure.timeout()), call.timeout)
    const { signal } = end
    // Node 20 keeps a trace of each signal that was composed of another for as long as the other lives, as that of heartbeats does.
    const stopListening = onAbort(call.signal, () => end.abort(call.signal?.reason))
    if (call.signal?.aborted) end.abort(call.signal.reason)
    try {
      const { status, headers, body } = await this.open({ ...call, signal })
      return { status, headers, text: await read(body, signal) }
    } finally {
      stopListening()
      clearTimeout(timer)
    }
  }

  #send({ method = 'GET', url, headers = {}, body, timeout, signal }: HttpCall): Promise<OpenAnswer> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const request =
        url.protocol === 'https:'
          ? requestOverTls(url, { method, headers, agent: this.#agents.tls })
          : requestPlainly(url, { method, headers, agent: this.#agents.plain })
      const timer = setTimeout(() => request.destroy(HttpFailure.timeout()), timeout)
      request.once(
        'close',
        onAbort(signal, () => request.destroy()),
      )
      request.once('response', (answer) => {
        clearTimeout(timer)
        const time = Date.parse(answer.headers.date ?? '')
        if (!Number.isNaN(time)) this.#told = { time, at: performance.now() }
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer })
      })
      request.on('error', (error) => {
        clearTimeout(timer)
        reject(reasonOf(signal, HttpFailure.from(error, request.reusedSocket)))
      })
      request.end(body)
    })
  }

  /** The server's own time now in milliseconds since 1970, to a second; undefined while no answer has told it. */
  get serverTime(): number | undefined {
    return this.#told && this.#told.time + (performance.now() - this.#told.at)
  }

  /** Ends the connections that are open. */
  [Symbol.dispose](): void {
    this.#agents.plain.destroy()
    this.#agents.tls.destroy()
  }
}

/** By events: a promise for each part would cost more than the part. */
async function read(body: IncomingMessage, signal: AbortSignal): Promise<string> {
  const parts: Buffer[] = []
  body.on('data', (part: Buffer) => parts.push(part))
  try {
    await finished(body)
  } catch (error) {
    throw reasonOf(signal, HttpFailure.from(error, false))
  }
  return Buffer.concat(parts).toString('utf8')
}

function reasonOf(signal: AbortSignal | undefined, failure: HttpFailure): Error {
  return signal?.aborted && signal.reason instanceof Error ? signal.reason : failure
}

/** What a TLS agent is to be told. */
export function tlsOptions({ context, serverName, verify }: NonNullable<HttpCallsOptions['tls']>): AgentOptions {
  const named =
    serverName === undefined
      ? {}
      : {
          servername: isIP(serverName) === 0 ? serverName : '',
          checkServerIdentity: (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
            checkServerIdentity(serverName, certificate),
        }
  return { secureContext: context, rejectUnauthorized: verify, ...named }
}
