import { request } from 'node:http'
import { Agent, type AgentOptions, type RequestOptions, request as requestOverTls } from 'node:https'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { RollcallError } from '../../../model/errors.ts'
import { connectionError } from '../../contract/socket-error.ts'
import type { ClusterChoice } from '../target.ts'

/** Undefined for an empty text. @throws RollcallError `config` for what cannot be used as a proxy, without its password */
export function proxyIn(text: string, where: string): URL | undefined {
  if (text === '') return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new RollcallError('config', `kubernetes: the proxy of ${where} cannot be used`, {
    hint: 'use an http or https URL; SOCKS is not supported',
  })
}

/** The environment's proxy; undefined where NO_PROXY has the host. Source: Go's golang.org/x/net/http/httpproxy, without its port rules. */
export function proxyFor(server: URL, proxy: ClusterChoice['proxy']): URL | undefined {
  if (!proxy) return undefined
  const host = server.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return undefined
  const excepted = proxy.except.some((name) => {
    const suffix = name.replace(/^\*?\./, '')
    return name === '*' || host === suffix || host.endsWith(`.${suffix}`)
  })
  return excepted ? undefined : proxyIn(proxy.url, 'HTTPS_PROXY')
}

type Connected = NonNullable<Parameters<Agent['createConnection']>[1]>

/** Connects over TLS through a tunnel that the proxy opens (CONNECT). */
export class TunnelAgent extends Agent {
  readonly #proxy: URL

  constructor(proxy: URL, options: AgentOptions) {
    super({ ...options, keepAlive: true })
    this.#proxy = proxy
  }

  /** Node calls it for each new connection. */
  override createConnection(options: RequestOptions, connected: Connected = () => {}): undefined {
    // With an error, Node does not use the socket.
    const failed = (error: Error) => connected(error, undefined as unknown as Duplex)
    const place = `${options.host?.includes(':') ? `[${options.host}]` : options.host}:${options.port ?? 443}`
    const ask = this.#proxy.protocol === 'https:' ? requestOverTls : request
    const tunnel = ask(this.#proxy, { method: 'CONNECT', path: place, agent: false, headers: this.#headers(place) })
    tunnel.once('error', (error) =>
      failed(new Error(`the proxy ${this.#proxy.host}: ${connectionError(error)}`, { cause: error })),
    )
    tunnel.once('connect', (answer, socket) => {
      if (answer.statusCode !== 200) {
        socket.destroy()
        failed(new Error(`the proxy ${this.#proxy.host} answers ${answer.statusCode} to CONNECT ${place}`))
      } else connected(null, connectTls({ ...(options as ConnectionOptions), socket }))
    })
    tunnel.end()
    return undefined
  }

  #headers(host: string): Record<string, string> {
    const { username, password } = this.#proxy
    if (username === '') return { host }
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    return { host, 'proxy-authorization': `Basic ${Buffer.from(login).toString('base64')}` }
  }
}
