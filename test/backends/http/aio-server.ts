import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { LocalHttp } from '../../servers/local-http.ts'

type Stored = Record<string, unknown> & { id: string; name: string }

export interface AioServerOptions {
  /** Asked for in every request. */
  readonly token?: string
  /** Answers instances as the document shows them, without the fields that AIO's own source has beside. */
  readonly asDocumented?: boolean
  /** Its statistics count instances and do not name them. */
  readonly onlyCounts?: boolean
  /** Takes an id that is part of a key for that key's, as AIO's own server does. */
  readonly substrings?: boolean
}

/** A server of the AIO registry's HTTP API, written from its document alone. */
export class AioServer extends LocalHttp {
  readonly stored = new Map<string, Stored>()
  readonly requests: string[] = []
  /** What becomes of a request such as `POST /registry/services`. What is lost ends its connection, without or after its effect. */
  fault: (request: string) => 'refused' | 'lost' | 'answer lost' | undefined = () => undefined
  readonly #options: AioServerOptions

  private constructor(options: AioServerOptions) {
    super()
    this.#options = options
  }

  static async start(options: AioServerOptions = {}): Promise<AioServer> {
    return await new AioServer(options).listening()
  }

  get url(): string {
    return `http://${this.endpoint}`
  }

  /** Puts an instance there, as another program would have registered it. */
  put(name: string, id: string, fields: Record<string, unknown> = {}): void {
    const now = new Date().toISOString()
    const times = { register_time: now, start_time: now, ...(!this.#options.asDocumented && { last_renew_time: now }) }
    const usual = { address: '10.0.0.1:80', protocol: 'http', weight: 100, status: 'active', env: 'all' }
    this.stored.set(id, { id, name, ...usual, ...times, ...fields })
  }

  protected async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    this.requests.push(`${method} ${url}`)
    const fault = this.fault(`${method} ${url}`)
    if (fault === 'lost') {
      response.destroy()
      return
    }
    if (fault === 'refused') {
      answer(response, 403, { code: 40_300, msg: 'not allowed', data: null })
      return
    }
    const { token } = this.#options
    if (token !== undefined && headers.authorization !== `Bearer ${token}`) {
      answer(response, 401, { code: 40_101, msg: 'unauthorized', data: null })
      return
    }
    const { pathname } = new URL(url, 'http://x')
    const [base, ...parts] = pathname.slice(1).split('/').map(decodeURIComponent)
    const data = base === 'registry' ? await this.#route(method, parts, request) : undefined
    if (fault === 'answer lost') response.destroy()
    else if (data === undefined) response.writeHead(404).end(`Cannot ${method} ${pathname}`)
    else if (data === MISSING) answer(response, 200, { code: 50_000, msg: 'service not found', data: null })
    else answer(response, 200, { code: 20_000, msg: 'success', data })
  }

  async #route(method: string, [kind, id = '', action]: readonly string[], request: IncomingMessage): Promise<unknown> {
    const all = [...this.stored.values()]
    if (kind === 'discovery') return all.filter(({ name, status }) => name === id && status === 'active')
    if (kind !== 'services') return undefined
    if (method === 'POST' && id === '') return this.#register((await json(request)) as Stored)
    if (id === '') return [...new Set(all.map(({ name }) => name))]
    if (action === 'stats') {
      const instances = all.filter(({ name }) => name === id)
      return { service_name: id, total: instances.length, ...(!this.#options.onlyCounts && { instances }) }
    }
    const found = action === undefined ? this.#find(id) : this.stored.get(id)
    if (!found) return MISSING
    if (method === 'GET' && action === undefined) return found
    if (method === 'DELETE') return this.stored.delete(found.id) && '服务注销成功'
    if (method === 'PUT' && action === 'renew') return this.#renew(found)
    return undefined
  }

  #find(id: string): Stored | undefined {
    if (!this.#options.substrings) return this.stored.get(id)
    return [...this.stored.values()].find((each) => `/aio/registry/${each.name}/${each.id}`.includes(id))
  }

  #register({ name, address, env = 'all', status = 'active', ...rest }: Stored): Stored {
    const digest = createHash('sha256')
      .update(`${name}-${String(address)}-${String(env)}`)
      .digest('hex')
    const id = `${name}-${digest.slice(0, 16)}`
    this.put(name, id, { ...rest, address, env, status })
    return this.stored.get(id) ?? MISSING
  }

  #renew(found: Stored): string {
    found['status'] = 'active'
    if (!this.#options.asDocumented) found['last_renew_time'] = new Date().toISOString()
    return '服务续约成功'
  }
}

const MISSING: Stored = { id: '', name: '' }

function answer(response: ServerResponse, status: number, envelope: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(envelope))
}
