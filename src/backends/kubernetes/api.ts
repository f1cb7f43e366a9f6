import { createSecureContext } from 'node:tls'
import { RollcallError, messageOf } from '../../model/errors.ts'
import type { Logger } from '../../model/logger.ts'
import { HttpCalls, type OpenAnswer, tlsOptions } from '../contract/http-calls.ts'
import type { Access, ClusterLogin } from './access/access.ts'
import { TunnelAgent } from './access/proxy.ts'
import { type Doing, type Server, isStatus, refusal, unanswered } from './errors.ts'
import { type JsonTree, isTree, textIn } from './object.ts'

export interface KubernetesCall {
  readonly method?: 'GET' | 'PATCH' | 'POST'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  /** A merge patch. */
  readonly patch?: object
  /** What a POST sends: a question that the API server answers, and keeps nothing of. */
  readonly question?: object
  readonly doing: Doing
  readonly signal?: AbortSignal | undefined
}

interface Answer {
  readonly status: number
  readonly text: string
}

/** Calls to one API server with one login. */
export class KubernetesApi implements Disposable {
  readonly server: Server
  readonly #access: Access
  readonly #logger: Logger
  /** Made again when the client certificate changes. */
  #connection: { readonly cert: ClusterLogin['cert']; readonly calls: HttpCalls } | undefined

  constructor(access: Access, { timeout, logger }: { timeout: number; logger: Logger }) {
    this.#access = access
    this.#logger = logger
    this.server = { url: access.server, timeout }
  }

  /** The object of the answer; undefined where there is none of that name. @throws RollcallError */
  async ask(call: KubernetesCall): Promise<JsonTree | undefined> {
    const { status, text } = await this.#answer(call, (calls, http) => calls.text(http))
    if (status === 404 && call.doing.name !== undefined && isStatus(text)) return undefined
    return this.#objectIn({ status, text }, call)
  }

  /** Changes an object if it still has the revision in the patch. @throws RollcallError */
  async patch(call: KubernetesCall): Promise<{ readonly object: JsonTree } | 'changed' | 'absent'> {
    const { status, text } = await this.#answer({ ...call, method: 'PATCH' }, (calls, http) => calls.text(http))
    if (status === 409 && isStatus(text)) return 'changed'
    if (status === 404 && isStatus(text)) return 'absent'
    return { object: this.#objectIn({ status, text }, call) }
  }

  /** Every object of the API has its kind and version. */
  #objectIn({ status, text }: Answer, { doing }: KubernetesCall): JsonTree {
    const object = status < 300 ? parsed(text) : undefined
    if (object && isObject(object)) return object
    throw refusal(status, text, doing, this.server)
  }

  /** An answer that goes on until it is destroyed. @throws RollcallError */
  async stream(call: KubernetesCall): Promise<OpenAnswer['body']> {
    const { status, text, body } = await this.#answer(call, async (calls, http) => {
      const answer = await calls.open(http)
      if (answer.status < 300) return { status: answer.status, text: '', body: answer.body }
      const parts: Buffer[] = []
      for await (const part of answer.body) parts.push(part as Buffer)
      return { status: answer.status, text: Buffer.concat(parts).toString(), body: undefined }
    })
    if (body) return body
    throw refusal(status, text, call.doing, this.server)
  }

  /** Whatever the server answers, be it a refusal, as at `/livez`. @throws RollcallError `unreachable`, `timeout` */
  async text(path: string, signal: AbortSignal): Promise<Answer> {
    const doing: Doing = { verb: 'get', resource: path.slice(1), namespace: undefined }
    return await this.#answer({ path, doing, signal }, (calls, http) => calls.text(http))
  }

  async #answer<T extends Answer>(
    call: KubernetesCall,
    send: (calls: HttpCalls, http: Parameters<HttpCalls['text']>[0]) => Promise<T>,
  ): Promise<T> {
    const first = await this.#send(call, send, false)
    // A token may have been replaced, or have expired before its time.
    return first.status === 401 ? await this.#send(call, send, true) : first
  }

  async #send<T extends Answer>(
    { method = 'GET', path, query = {}, patch, question, signal }: KubernetesCall,
    send: (calls: HttpCalls, http: Parameters<HttpCalls['text']>[0]) => Promise<T>,
    refused: boolean,
  ): Promise<T> {
    const login = await this.#access.credentials.login(refused)
    const url = new URL(`${this.server.url.pathname.replace(/\/$/, '')}${path}`, this.server.url)
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
    this.#logger.debug(`kubernetes: ${method} ${url.pathname}${url.search}`)
    const headers = {
      ...this.#access.headers,
      accept: 'application/json',
      ...(login.token === undefined ? {} : { authorization: `Bearer ${login.token}` }),
      ...(patch && { 'content-type': 'application/merge-patch+json' }),
      ...(question && { 'content-type': 'application/json' }),
    }
    const sent = patch ?? question
    const body = sent === undefined ? {} : { body: JSON.stringify(sent) }
    try {
      return await send(this.#callsAs(login), { method, url, headers, ...body, timeout: this.server.timeout, signal })
    } catch (error) {
      throw unanswered(error, this.server)
    }
  }

  /** The API server's own time in milliseconds since 1970, from its newest answer; undefined before the first. */
  get serverTime(): number | undefined {
    return this.#connection?.calls.serverTime
  }

  #callsAs({ cert, key }: ClusterLogin): HttpCalls {
    if (this.#connection && this.#connection.cert === cert) return this.#connection.calls
    const { authorities: ca, verify, serverName, proxy } = this.#access
    try {
      const tls = { context: createSecureContext({ ca, cert, key }), verify, serverName }
      const calls = new HttpCalls({ tls, agent: proxy && new TunnelAgent(proxy, tlsOptions(tls)) })
      this.#connection = { cert, calls }
      return calls
    } catch (error) {
      throw new RollcallError('config', `kubernetes: unusable certificates: ${messageOf(error)}`, {
        hint: 'they must be PEM, and the key must belong to the certificate',
        cause: error,
      })
    }
  }

  [Symbol.dispose](): void {
    this.#connection?.calls[Symbol.dispose]()
  }
}

function isObject(tree: JsonTree): boolean {
  return textIn(tree['kind']) !== '' && textIn(tree['apiVersion']) !== ''
}

function parsed(text: string): JsonTree | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isTree(value) ? value : undefined
  } catch {
    return undefined
  }
}
