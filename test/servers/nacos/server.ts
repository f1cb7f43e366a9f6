import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { statusOf } from '../http-status.ts'
import { Authority, type CertificateFiles } from '../certificates.ts'
import { Daemon } from '../daemon.ts'
import type { Provisioned } from '../kinds.ts'
import { freePortWith } from '../ports.ts'
import { Server } from '../server.ts'

/** A machine with much to do needs more than the usual ten seconds. */
const READY_WITHIN = 280_000
/** Its own database gives up after ten seconds of such a start. */
const ATTEMPTS = 4
/** It also serves gRPC, and Raft, beside its HTTP port. */
export const OTHER_PORTS = [1000, 1001, -1000]

export interface NacosOptions {
  /** Asks for users, `nacos` with the password `nacos` first of all. */
  readonly auth?: boolean
  /** Seconds that a token lasts. */
  readonly tokenTtl?: number
  /** Serves TLS with a certificate of an authority of its own, and wants clients to have one too. */
  readonly tls?: boolean
  /** One of a cluster: its own port, and those of all. */
  readonly cluster?: { readonly port: number; readonly ports: readonly number[] }
}

export interface NacosTls extends CertificateFiles {
  readonly authority: Authority
}

/** One Nacos of 2.3. Stopping keeps what is persistent. */
export class NacosServer extends Server {
  readonly port: number
  readonly endpoint: string
  readonly tls: NacosTls | undefined
  /** What it runs on, for programs of Nacos' own. */
  readonly classpath: string
  readonly #isAlone: boolean
  #served = false

  private constructor(port: number, daemon: Daemon, classpath: string, tls: NacosTls | undefined, isAlone: boolean) {
    super(daemon)
    this.port = port
    this.endpoint = `127.0.0.1:${port}`
    this.tls = tls
    this.classpath = classpath
    this.#isAlone = isAlone
  }

  static async start(
    { java = '', nacos = '' }: NonNullable<Provisioned['programs']>,
    options: NacosOptions = {},
  ): Promise<NacosServer> {
    const order = (await readFile(join(nacos, 'order'), 'utf8')).split('\n')
    const classpath = order.map((jar) => join(nacos, 'lib', jar)).join(delimiter)
    const port = options.cluster?.port ?? (await freePortWith(OTHER_PORTS))
    const tls = options.tls ? await certificates() : undefined
    const daemon = await Daemon.create('nacos', (folder) => [
      java,
      '-Xmx512m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      ...Object.entries(properties(folder, port, options, tls)).map(([name, value]) => `-D${name}=${value}`),
      '-cp',
      classpath,
      'com.alibaba.nacos.Nacos',
    ])
    const server = new NacosServer(port, daemon, classpath, tls, options.cluster === undefined)
    await server.start()
    return server
  }

  /** One call of its API; the body of the answer. */
  async call(method: string, path: string, params: Record<string, string> = {}, token?: string): Promise<string> {
    const headers = new Headers(token === undefined ? [] : [['authorization', `Bearer ${token}`]])
    const url = `http://${this.endpoint}/nacos${path}?${new URLSearchParams(params).toString()}`
    const answer = await fetch(url, { method, headers })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status} ${text}`)
    return text
  }

  override async start(): Promise<void> {
    const end = Date.now() + READY_WITHIN
    for (let attempt = 1; ; attempt += 1) {
      this.daemon.start()
      while (this.daemon.running && Date.now() < end) {
        if (await this.serves()) {
          this.#served = true
          return
        }
        await delay(200)
      }
      if (attempt === ATTEMPTS || Date.now() >= end)
        throw new Error(`Nacos on ${this.endpoint} does not serve:\n${this.daemon.log()}`)
      await this.stop()
      // A start that ended while it made its database leaves one that no later start accepts. A member of a cluster goes on with what the others know.
      if (this.#isAlone && !this.#served) await rm(join(this.daemon.folder, 'data'), { recursive: true, force: true })
    }
  }

  /** Over TLS the port alone tells: the operators' list is the last that it opens. */
  protected async serves(): Promise<boolean> {
    if (this.tls) return /Nacos started successfully/.test(await this.#startLog())
    return (await statusOf(`http://${this.endpoint}/nacos/v1/ns/operator/metrics`)) === 200
  }

  #startLog(): Promise<string> {
    return readFile(join(this.daemon.folder, 'logs', 'start.out'), 'utf8').catch(() => this.daemon.log())
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    await this.tls?.authority.remove()
  }
}

function properties(folder: string, port: number, { auth, tokenTtl, cluster }: NacosOptions, tls?: NacosTls) {
  return {
    'nacos.standalone': String(!cluster),
    ...(cluster
      ? { embeddedStorage: 'true', 'nacos.member.list': cluster.ports.map((each) => `127.0.0.1:${each}`).join(',') }
      : {}),
    'nacos.home': folder,
    'nacos.logs.path': join(folder, 'logs'),
    'nacos.inetutils.ip-address': '127.0.0.1',
    'server.port': String(port),
    'server.servlet.context-path': '/nacos',
    'server.tomcat.basedir': join(folder, 'tomcat'),
    'server.error.include-message': 'always',
    'derby.system.durability': 'test',
    'derby.stream.error.file': join(folder, 'derby.log'),
    'nacos.core.auth.system.type': 'nacos',
    'nacos.core.auth.enabled': String(auth === true),
    'nacos.core.auth.plugin.nacos.token.secret.key': randomBytes(48).toString('base64'),
    'nacos.core.auth.plugin.nacos.token.expire.seconds': String(tokenTtl ?? 18_000),
    'nacos.core.auth.server.identity.key': 'test',
    'nacos.core.auth.server.identity.value': 'test',
    ...(tls
      ? {
          'server.ssl.certificate': tls.cert,
          'server.ssl.certificate-private-key': tls.key,
          'server.ssl.trust-certificate': tls.authority.cacert,
          'server.ssl.client-auth': 'need',
        }
      : {}),
  }
}

async function certificates(): Promise<NacosTls> {
  const authority = await Authority.create()
  return { authority, ...(await authority.issue('nacos')) }
}
