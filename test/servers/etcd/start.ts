import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Authority, type CertificateFiles } from '../certificates.ts'
import { freePorts } from '../ports.ts'
import { serverOf } from '../with-server.ts'
import { type EtcdAuth, enableAuth } from './auth.ts'
import { EtcdMember } from './member.ts'

const run = promisify(execFile)

export interface EtcdOptions {
  /** 1, unless said otherwise. */
  readonly members?: number
  /** Serves TLS with a certificate of an authority of its own. */
  readonly tls?: boolean
  /** Wants a certificate of clients too. */
  readonly clientCertAuth?: boolean
  /** Users and roles; `root` with the password `root` is always there. */
  readonly auth?: EtcdAuth
  /** Bytes. */
  readonly quota?: number
  /** Seconds that a token lasts. */
  readonly tokenTtl?: number
  readonly flags?: readonly string[]
}

export interface EtcdTls extends CertificateFiles {
  readonly authority: Authority
}

/** etcd under test: its members together. Stopping keeps the data; disposing removes them. */
export class EtcdServer implements AsyncDisposable {
  readonly members: readonly EtcdMember[]
  /** `host:port` of each, with commas. */
  readonly endpoint: string
  readonly port: number
  /** Its authority, and a client's certificate. */
  readonly tls: EtcdTls | undefined
  readonly #etcdctl: string
  #login: string[] = []

  private constructor(members: readonly EtcdMember[], tls: EtcdTls | undefined, etcdctl: string) {
    this.members = members
    this.endpoint = members.map((member) => member.endpoint).join(',')
    this.port = members[0]?.port ?? 0
    this.tls = tls
    this.#etcdctl = etcdctl
  }

  static async start(options: EtcdOptions = {}): Promise<EtcdServer> {
    const { etcd = '', etcdctl = '' } = serverOf('etcd').programs ?? {}
    const tls = options.tls ? await certificates() : undefined
    const server = new EtcdServer(await createMembers(etcd, options, tls), tls, etcdctl)
    await server.#each((member) => member.start())
    if (options.auth) {
      await enableAuth(server, options.auth)
      server.#login = ['--user', 'root:root']
    }
    return server
  }

  /** What etcdctl printed; it is root where users are known. */
  async etcdctl(...args: string[]): Promise<string> {
    const tls = this.tls ? ['--cacert', this.tls.authority.cacert, '--cert', this.tls.cert, '--key', this.tls.key] : []
    const { stdout } = await run(this.#etcdctl, ['--endpoints', this.endpoint, ...tls, ...this.#login, ...args], {
      maxBuffer: 1 << 28,
    })
    return stdout
  }

  /** Every key of a server without TLS and users, without the start of a program. */
  async removeAll(): Promise<void> {
    const everything = JSON.stringify({ key: 'AA==', range_end: 'AA==' }) // a zero byte each
    const answer = await fetch(`http://127.0.0.1:${this.port}/v3/kv/deleterange`, { method: 'POST', body: everything })
    if (!answer.ok) throw new Error(await answer.text())
  }

  stop(): Promise<void> {
    return this.#each((member) => member.stop())
  }

  kill(): Promise<void> {
    return this.#each((member) => member.kill())
  }

  /** After stop or kill too. */
  restart(): Promise<void> {
    return this.#each((member) => member.restart())
  }

  freeze(): void {
    for (const member of this.members) member.freeze()
  }

  thaw(): void {
    for (const member of this.members) member.thaw()
  }

  async #each(act: (member: EtcdMember) => Promise<void>): Promise<void> {
    await Promise.all(this.members.map(act))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#each((member) => member[Symbol.asyncDispose]())
    await this.tls?.authority.remove()
  }
}

/** The etcd that ROLLCALL_TEST_ETCD names, else one of the test's own: for tests that keep to keys of their own. */
export async function anyEtcd(): Promise<AsyncDisposable & { readonly endpoint: string }> {
  const { endpoint } = serverOf('etcd')
  return endpoint === undefined ? startEtcd() : { endpoint, async [Symbol.asyncDispose]() {} }
}

/** An etcd of the test's own. */
export function startEtcd(options?: EtcdOptions): Promise<EtcdServer> {
  return EtcdServer.start(options)
}

async function createMembers(program: string, options: EtcdOptions, tls?: EtcdTls): Promise<EtcdMember[]> {
  const places = await Promise.all(Array.from({ length: options.members ?? 1 }, newPlace))
  const cluster = places.map(({ name, peerUrl }) => `${name}=${peerUrl}`).join(',')
  return Promise.all(
    places.map(({ name, client, health, peerUrl }) => {
      const clientUrl = `${tls ? 'https' : 'http'}://127.0.0.1:${client}`
      return EtcdMember.create(program, { client, health }, [
        `--name=${name}`,
        `--initial-cluster=${cluster}`,
        `--listen-client-urls=${clientUrl}`,
        `--advertise-client-urls=${clientUrl}`,
        `--listen-peer-urls=${peerUrl}`,
        `--initial-advertise-peer-urls=${peerUrl}`,
        ...flagsOf(options, tls),
      ])
    }),
  )
}

async function newPlace() {
  const [client = 0, peer = 0, health = 0] = await freePorts(3)
  return { name: `m${client}`, client, health, peerUrl: `http://127.0.0.1:${peer}` }
}

function flagsOf(options: EtcdOptions, tls: EtcdTls | undefined): string[] {
  const flags = [...(options.flags ?? [])]
  if (tls) flags.push(`--cert-file=${tls.cert}`, `--key-file=${tls.key}`)
  if (tls && options.clientCertAuth) flags.push('--client-cert-auth', `--trusted-ca-file=${tls.authority.cacert}`)
  if (options.auth) flags.push('--bcrypt-cost=4')
  if (options.quota) flags.push(`--quota-backend-bytes=${options.quota}`)
  if (options.tokenTtl) flags.push(`--auth-token-ttl=${options.tokenTtl}`)
  return flags
}

async function certificates(): Promise<EtcdTls> {
  const authority = await Authority.create()
  return { authority, ...(await authority.issue('etcd')) }
}
