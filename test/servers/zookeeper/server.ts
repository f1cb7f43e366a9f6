import { mkdir, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Daemon } from '../daemon.ts'
import { freePorts } from '../ports.ts'
import type { Provisioned } from '../kinds.ts'
import { Server } from '../server.ts'
import { type ZooKeeperTls, certificates, tlsLines } from './tls.ts'

export interface ZooKeeperOptions {
  /** 3.5 instead of the current one. */
  readonly old?: boolean
  /** Serves TLS too, on a port of its own, with a certificate of an authority of its own; `need`: wants one of clients. */
  readonly tls?: 'need' | 'none'
  /** Users who log in by SASL, with their passwords; nobody else is let in. */
  readonly sasl?: Readonly<Record<string, string>>
  /** Milliseconds. */
  readonly minSession?: number
  /** 127.0.0.1 unless said otherwise. */
  readonly host?: '127.0.0.1' | '::1'
  /** Its number in an ensemble, from 1 on, and a line for each member. */
  readonly member?: { readonly id: number; readonly lines: readonly string[] }
  /** System properties of Java, such as `jute.maxbuffer`. */
  readonly properties?: Readonly<Record<string, string>>
  /** More lines for zoo.cfg. */
  readonly config?: readonly string[]
}

/** One ZooKeeper. */
export class ZooKeeperServer extends Server {
  readonly port: number
  readonly endpoint: string
  /** Where it serves TLS, and what a client needs for it. */
  readonly secure: { readonly endpoint: string; readonly tls: ZooKeeperTls } | undefined
  readonly #host: string

  private constructor(
    port: number,
    { daemon, host }: { daemon: Daemon; host: string },
    secure: ZooKeeperServer['secure'],
  ) {
    super(daemon)
    this.port = port
    this.endpoint = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    this.#host = host
    this.secure = secure
  }

  static async start(
    { java = '', current = '', old = '' }: NonNullable<Provisioned['programs']>,
    options: ZooKeeperOptions = {},
  ): Promise<ZooKeeperServer> {
    const [port = 0, securePort = 0] = await freePorts(2)
    const tls = options.tls && (await certificates())
    const daemon = await Daemon.create('zookeeper', (folder) => [
      java,
      '-Xmx256m',
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      '-Dzookeeper.forceSync=no',
      ...Object.entries(options.properties ?? {}).map(([name, value]) => `-D${name}=${value}`),
      ...(options.sasl ? [`-Djava.security.auth.login.config=${join(folder, 'jaas.conf')}`] : []),
      '-cp',
      join(options.old ? old : current, '*'),
      'org.apache.zookeeper.server.quorum.QuorumPeerMain',
      join(folder, 'zoo.cfg'),
    ])
    const lines = [...usual(daemon.folder, port, options), ...(tls ? tlsLines(tls, securePort, options.tls) : [])]
    await writeFile(join(daemon.folder, 'zoo.cfg'), [...lines, ...(options.config ?? [])].join('\n'))
    if (options.sasl) await writeFile(join(daemon.folder, 'jaas.conf'), jaas(options.sasl))
    if (options.member) await writeMember(daemon.folder, options.member)
    const { host = '127.0.0.1' } = options
    const server = new ZooKeeperServer(port, { daemon, host }, tls && { endpoint: `127.0.0.1:${securePort}`, tls })
    await server.start()
    return server
  }

  /** What it says to a four-letter word. */
  async tell(word: string): Promise<string> {
    const socket = connect(this.port, this.#host)
    socket.write(word)
    socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')))
    const parts: Buffer[] = []
    socket.on('data', (part: Buffer) => parts.push(part))
    await once(socket, 'close')
    return Buffer.concat(parts).toString()
  }

  protected async serves(): Promise<boolean> {
    return (await this.tell('srvr').catch(() => '')).includes('Mode:')
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    await this.secure?.tls.authority.remove()
  }
}

async function writeMember(folder: string, { id }: NonNullable<ZooKeeperOptions['member']>): Promise<void> {
  await mkdir(join(folder, 'data'))
  await writeFile(join(folder, 'data', 'myid'), String(id))
}

function usual(folder: string, port: number, options: ZooKeeperOptions): string[] {
  const { minSession = 500, sasl, host = '127.0.0.1', member } = options
  return [
    'tickTime=250',
    `dataDir=${join(folder, 'data')}`,
    `clientPort=${port}`,
    `clientPortAddress=${host}`,
    'admin.enableServer=false',
    '4lw.commands.whitelist=*',
    `minSessionTimeout=${minSession}`,
    'maxSessionTimeout=3600000',
    'maxClientCnxns=0',
    ...(member?.lines ?? []),
    ...(sasl
      ? [
          'authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
          'enforce.auth.enabled=true',
          'enforce.auth.schemes=sasl',
        ]
      : []),
  ]
}

function jaas(users: Readonly<Record<string, string>>): string {
  const lines = Object.entries(users).map(([user, password]) => `user_${user}="${password}"`)
  return `Server { org.apache.zookeeper.server.auth.DigestLoginModule required ${lines.join('\n')}; };\n`
}
