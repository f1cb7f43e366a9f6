import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Daemon } from '../daemon.ts'
import type { Provisioned } from '../kinds.ts'
import { freePorts } from '../ports.ts'
import { Server } from '../server.ts'

const LOGS_IN_WITHIN = 30_000

export interface PolarisOptions {
  /** The client API wants a token, too. */
  readonly clientAuth?: boolean
  /** How long after a change its cache hears of a removal: 60s unless said otherwise; 5s is Polaris' own default. */
  readonly hears?: string
}

/** One Polaris. */
export class PolarisServer extends Server {
  readonly port: number
  readonly endpoint: string
  /** Of the main account, which may do everything. */
  token = ''

  private constructor(port: number, daemon: Daemon) {
    super(daemon)
    this.port = port
    this.endpoint = `127.0.0.1:${port}`
  }

  static async start(
    { polaris = '' }: NonNullable<Provisioned['programs']>,
    { clientAuth = false, hears = '60s' }: PolarisOptions = {},
  ): Promise<PolarisServer> {
    const [http = 0, grpc = 0] = await freePorts(2)
    const daemon = await Daemon.create('polaris', (folder) => [polaris, 'start', '-c', join(folder, 'server.yaml')])
    const template = await readFile(join(import.meta.dirname, 'polaris-server.yaml'), 'utf8')
    const values: Readonly<Record<string, string>> = {
      http: String(http),
      grpc: String(grpc),
      clientAuth: String(clientAuth),
      hears,
    }
    const config = template.replace(/\{(http|grpc|clientAuth|hears)\}/g, (_, name: string) => values[name] ?? '')
    await writeFile(join(daemon.folder, 'server.yaml'), config)
    const server = new PolarisServer(http, daemon)
    await server.start()
    server.token = await server.logIn({ name: 'polaris', password: 'polaris' })
    return server
  }

  /** What it answers to a call of its APIs, as the main account unless said otherwise. */
  async api<T = unknown>(method: string, path: string, body?: object, token = this.token): Promise<T> {
    const answer = await fetch(`http://${this.endpoint}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token ? { 'x-polaris-token': token } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return (await answer.json()) as T
  }

  /** The token of a user; empty for one that is not let in. */
  async logIn(user: { readonly name: string; readonly password: string; readonly owner?: string }): Promise<string> {
    const { loginResponse } = await this.api<{ loginResponse: { token: string } | null }>(
      'POST',
      '/core/v1/user/login',
      user,
    )
    return loginResponse?.token ?? ''
  }

  /** A user who may read everything, and write nothing. Resolves when it can log in; its token. */
  async addReader(name: string, password: string): Promise<string> {
    await this.api('POST', '/core/v1/users', [{ name, password, source: 'Polaris' }])
    const end = Date.now() + LOGS_IN_WITHIN
    for (;;) {
      const token = await this.logIn({ name, password, owner: 'polaris' })
      if (token) return token
      if (Date.now() > end) throw new Error(`Polaris does not let in its new user ${name}`)
      await delay(100)
    }
  }

  /** It takes a minute over TERM. */
  override async restart(): Promise<void> {
    await this.kill()
    await this.start()
  }

  protected async serves(): Promise<boolean> {
    try {
      return (await this.logIn({ name: 'polaris', password: 'polaris' })) !== ''
    } catch {
      return false
    }
  }
}
