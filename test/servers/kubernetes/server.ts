import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Daemon } from '../daemon.ts'
import { EtcdMember } from '../etcd/member.ts'
import type { Provisioned } from '../kinds.ts'
import { freePorts } from '../ports.ts'
import { Server } from '../server.ts'

const READY_WITHIN = 60_000
/** Operations that etcd takes together. */
const BATCH = 100
const run = promisify(execFile)

/** Whom the API server knows by a token: `admin` may do all, the others what a test grants them. */
export const USERS = ['admin', 'nobody', 'reader'] as const
export type User = (typeof USERS)[number]

export interface KubernetesOptions {
  /** A PEM file: whose certificates are taken for users. */
  readonly clientCa?: string
}

export interface ApiAnswer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** kube-apiserver over an etcd of its own; no controllers and no kubelet. */
export class KubernetesServer extends Server {
  readonly port: number
  readonly endpoint: string
  readonly folder: string
  readonly #etcd: EtcdMember
  readonly #etcdctl: string
  readonly #agent = new Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: 32 })

  private constructor(port: number, etcd: EtcdMember, etcdctl: string, daemon: Daemon) {
    super(daemon, READY_WITHIN)
    this.port = port
    this.endpoint = `127.0.0.1:${port}`
    this.folder = daemon.folder
    this.#etcd = etcd
    this.#etcdctl = etcdctl
  }

  static async start(
    { etcd = '', etcdctl = '', 'kube-apiserver': program = '' }: NonNullable<Provisioned['programs']>,
    options: KubernetesOptions = {},
  ): Promise<KubernetesServer> {
    const [client = 0, peer = 0, health = 0, port = 0] = await freePorts(4)
    const url = `http://127.0.0.1:${client}`
    const store = await EtcdMember.create(etcd, { client, health }, storeFlags(url, `http://127.0.0.1:${peer}`))
    await store.start()
    const daemon = await Daemon.create('kubernetes', (folder) => [program, ...flags(folder, port, url, options)])
    await writeKeys(daemon.folder)
    const server = new KubernetesServer(port, store, etcdctl, daemon)
    await server.start()
    return server
  }

  get url(): string {
    return `https://${this.endpoint}`
  }

  /** Its own certificate, which is its own authority too. */
  get cacert(): string {
    return join(this.folder, 'apiserver.crt')
  }

  /** Of its etcd, too. */
  override get pids(): readonly number[] {
    return [...super.pids, ...this.#etcd.pids]
  }

  protected async serves(): Promise<boolean> {
    const answers = ['/readyz', '/api/v1/namespaces/default'].map((path) =>
      this.ask('GET', path).catch(() => undefined),
    )
    return (await Promise.all(answers)).every((answer) => answer?.status === 200)
  }

  /** As the admin. */
  ask(method: string, path: string, body?: object, type = 'application/json'): Promise<ApiAnswer> {
    const headers = { authorization: 'Bearer admin-token', 'content-type': type }
    return new Promise((resolve, reject) => {
      const sent = request(`${this.url}${path}`, { method, headers, agent: this.#agent, timeout: 10_000 }, (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => (text += part))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: objectIn(text) }))
      })
      sent.once('timeout', () => sent.destroy(new Error('no answer')))
      sent.once('error', reject)
      sent.end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  /** The same, where anything but success fails the test. */
  async done(method: string, path: string, body?: object, type?: string): Promise<Record<string, unknown>> {
    const answer = await this.ask(method, path, body, type)
    if (answer.status < 300) return answer.body
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }

  /** Puts objects where the server stores them, by their keys without the prefix: many at once, and as if they had been created. */
  async store(objects: readonly (readonly [key: string, object: object])[]): Promise<void> {
    for (let at = 0; at < objects.length; at += BATCH) {
      const success = objects.slice(at, at + BATCH).map(([key, object]) => ({
        requestPut: { key: base64(`/registry/${key}`), value: base64(JSON.stringify(object)) },
      }))
      const answer = await fetch(`http://${this.#etcd.endpoint}/v3/kv/txn`, {
        method: 'POST',
        body: JSON.stringify({ success }),
      })
      if (!answer.ok) throw new Error(`etcd: ${await answer.text()}`)
    }
  }

  /** Forgets all revisions but the last. */
  async compact(): Promise<void> {
    const etcdctl = (...args: string[]) => run(this.#etcdctl, ['--endpoints', this.#etcd.endpoint, ...args])
    const { stdout } = await etcdctl('get', 'nothing', '-w', 'json')
    await etcdctl('compact', /"revision":(\d+)/.exec(stdout)?.[1] ?? 'unknown')
  }

  /** It takes a minute over TERM. */
  override async restart(): Promise<void> {
    await this.kill()
    await this.start()
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy()
    this.thaw()
    await this.kill()
    await super[Symbol.asyncDispose]()
    await this.#etcd[Symbol.asyncDispose]()
  }
}

function storeFlags(client: string, peer: string): string[] {
  return [
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ]
}

function flags(folder: string, port: number, store: string, { clientCa }: KubernetesOptions): string[] {
  return [
    `--etcd-servers=${store}`,
    `--cert-dir=${folder}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    `--service-account-key-file=${folder}/sa.pub`,
    `--service-account-signing-key-file=${folder}/sa.key`,
    '--service-account-issuer=https://localhost',
    `--token-auth-file=${folder}/tokens.csv`,
    '--authorization-mode=RBAC',
    '--disable-admission-plugins=ServiceAccount',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--endpoint-reconciler-type=none',
    ...(clientCa === undefined ? [] : [`--client-ca-file=${clientCa}`]),
  ]
}

async function writeKeys(folder: string): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  await writeFile(join(folder, 'sa.pub'), publicKey)
  await writeFile(join(folder, 'sa.key'), privateKey)
  const lines = USERS.map((user) => `${user}-token,${user},${user}${user === 'admin' ? ',system:masters' : ''}\n`)
  await writeFile(join(folder, 'tokens.csv'), lines.join(''))
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function objectIn(text: string): Record<string, unknown> {
  return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text }
}
