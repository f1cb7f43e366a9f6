import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Authority, type CertificateFiles } from '../certificates.ts'
import { Daemon } from '../daemon.ts'
import { freePorts } from '../ports.ts'
import { Server } from '../server.ts'

const run = promisify(execFile)

export interface ConsulOptions {
  /** A node of its own name; left out: made up. */
  readonly node?: string
  /** Joins the cluster of this one, as a client. */
  readonly join?: ConsulServer
  readonly datacenter?: string
  /** Tokens are wanted, and this one may do anything. */
  readonly managementToken?: string
  /** Serves TLS, with a certificate of an authority of its own, and wants clients to have one too. */
  readonly tls?: boolean
  /** More configuration, as its JSON files have it. */
  readonly config?: object
}

/** One Consul agent under test. A server keeps its data over a restart, its agent what was registered with it. */
export class ConsulServer extends Server {
  readonly node: string
  readonly port: number
  readonly endpoint: string
  readonly serfPort: number
  readonly wanPort: number
  readonly tls: (CertificateFiles & { readonly authority: Authority }) | undefined
  readonly #program: string
  readonly #token: string

  private constructor(
    daemon: Daemon,
    about: Pick<ConsulServer, 'node' | 'port' | 'serfPort' | 'wanPort' | 'tls'> & { program: string; token: string },
  ) {
    super(daemon)
    this.node = about.node
    this.port = about.port
    this.endpoint = `127.0.0.1:${about.port}`
    this.serfPort = about.serfPort
    this.wanPort = about.wanPort
    this.tls = about.tls
    this.#program = about.program
    this.#token = about.token
  }

  static async start(program: string, options: ConsulOptions = {}): Promise<ConsulServer> {
    const [http = 0, plain = 0, server = 0, serf = 0, wan = 0] = await freePorts(5)
    const node = options.node ?? `node-${http}`
    const tls = options.tls ? await certificates() : undefined
    const port = tls ? plain : http
    const daemon = await Daemon.create('consul', (folder) => [
      program,
      'agent',
      `-config-file=${join(folder, 'config.json')}`,
    ])
    const config = {
      node_name: node,
      data_dir: join(daemon.folder, 'data'),
      bind_addr: '127.0.0.1',
      ports: {
        http: tls ? -1 : http,
        https: tls ? plain : -1,
        dns: -1,
        grpc: -1,
        grpc_tls: -1,
        server,
        serf_lan: serf,
        serf_wan: wan,
      },
      log_level: 'warn',
      disable_update_check: true,
      disable_host_node_id: true,
      ...(options.join
        ? { retry_join: [`127.0.0.1:${options.join.serfPort}`] }
        : { server: true, bootstrap: true, leave_on_terminate: false }),
      ...(options.datacenter ? { datacenter: options.datacenter } : {}),
      ...(options.managementToken ? acls(options.managementToken) : {}),
      ...(tls ? tlsConfig(tls) : {}),
      performance: { raft_multiplier: 1 },
      limits: { http_max_conns_per_client: 400 },
      ...options.config,
    }
    await writeFile(join(daemon.folder, 'config.json'), JSON.stringify(config))
    const token = options.managementToken ?? ''
    const made = new ConsulServer(daemon, { node, port, serfPort: serf, wanPort: wan, tls, program, token })
    await made.start()
    return made
  }

  /** As a server that was restored from an older state: everything is gone, and its log begins anew. */
  async restartEmpty(): Promise<void> {
    await this.stop()
    await rm(join(this.daemon.folder, 'data'), { recursive: true })
    await this.start()
  }

  /** A request to its HTTP API with the token that may do anything; throws what is no success. */
  async api<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, text } = await this.#ask(method, path, body === undefined ? undefined : JSON.stringify(body))
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  /** What the program printed. */
  async consul(...args: string[]): Promise<string> {
    const environment = { ...process.env, CONSUL_HTTP_ADDR: this.endpoint, CONSUL_HTTP_TOKEN: this.#token }
    return (await run(this.#program, args, { env: environment })).stdout
  }

  /** That it can write to its catalogue. */
  protected async serves(): Promise<boolean> {
    if (this.tls)
      return /agent: (Synced node info|Node info in sync)/.test(this.daemon.log()) || (await this.#reaches())
    const path = `/v1/health/node/${this.node}`
    const { status, text } = await this.#ask('GET', path).catch(() => ({ status: 0, text: '' }))
    return status === 200 && text.includes('serfHealth')
  }

  /** Over TLS it is enough that somebody listens. */
  async #reaches(): Promise<boolean> {
    const { connect } = await import('node:net')
    return await new Promise((resolve) => {
      const socket = connect(this.port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
  }

  #ask(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = this.#token ? { 'x-consul-token': this.#token } : {}
      const options = { host: '127.0.0.1', port: this.port, method, path, headers, agent: false, timeout: 5000 }
      const asked = request(options, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      })
      asked.once('timeout', () => asked.destroy(new Error('no answer')))
      asked.once('error', reject)
      asked.end(body)
    })
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    await this.tls?.authority.remove()
  }
}

async function certificates() {
  const authority = await Authority.create()
  return { authority, ...(await authority.issue('consul')) }
}

function acls(token: string): object {
  return { acl: { enabled: true, default_policy: 'deny', tokens: { initial_management: token, agent: token } } }
}

function tlsConfig({ authority, cert, key }: CertificateFiles & { authority: Authority }): object {
  const https = { ca_file: authority.cacert, cert_file: cert, key_file: key, verify_incoming: true }
  return { tls: { https } }
}
