import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backend, ScanOptions, Scope } from '../../../src/backends/contract/backend.ts'
import type { Environment, Settings } from '../../../src/backends/contract/driver.ts'
import { kubernetes } from '../../../src/backends/kubernetes/driver.ts'
import { silent } from '../../../src/model/logger.ts'
import type { Reading } from '../../../src/model/reading.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { type KubernetesServer, type User, startKubernetes } from '../../servers/kubernetes/start.ts'
import { PATIENT } from '../../patience.ts'

export interface UserEntry {
  readonly name: string
  readonly user: object
}

/** A kubeconfig with a context of that name for each user; `cluster` says more of the cluster. */
export function kubeconfigOf(
  server: { url: string; cacert: string },
  users: readonly UserEntry[],
  cluster = {},
): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': users[0]?.name,
    clusters: [{ name: 'test', cluster: { server: server.url, 'certificate-authority': server.cacert, ...cluster } }],
    users,
    contexts: users.map(({ name }) => ({ name, context: { cluster: 'test', user: name } })),
  })
}

/** The server under test, and files beside it. */
export class KubernetesGround implements AsyncDisposable {
  readonly server: KubernetesServer
  readonly folder: string
  readonly #opened: Backend[] = []

  private constructor(server: KubernetesServer, folder: string) {
    this.server = server
    this.folder = folder
  }

  static async create(options?: Parameters<typeof startKubernetes>[0]): Promise<KubernetesGround> {
    const [server, folder] = await Promise.all([startKubernetes(options), mkdtemp(join(tmpdir(), 'rollcall-k8s-'))])
    return new KubernetesGround(server, folder)
  }

  async file(name: string, content: string): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(path, content, { mode: 0o700 })
    return path
  }

  /** A kubeconfig whose contexts are these users. */
  kubeconfig(users: readonly UserEntry[], cluster = {}): Promise<string> {
    return this.file('config', kubeconfigOf(this.server, users, cluster))
  }

  async openAs(user: User, settings: Partial<Settings> = {}): Promise<Backend> {
    const path = await this.kubeconfig([{ name: user, user: { token: `${user}-token` } }])
    return this.open(`k8s://${user}`, settings, { KUBECONFIG: path })
  }

  async open(url: string, settings: Partial<Settings>, environment: Environment): Promise<Backend> {
    const given = { ...PATIENT, ...settings }
    const target = kubernetes.parse(parseRegistryUrl(url), given, environment)
    const backend = await kubernetes.open(target, {
      signal: new AbortController().signal,
      logger: silent,
      now: Date.now,
    })
    this.#opened.push(backend)
    return backend
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const backend of this.#opened) await backend[Symbol.asyncDispose]()
    await this.server[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** All that a scan tells, read. */
export async function readings(backend: Backend, scope: Scope = {}, options?: ScanOptions): Promise<Reading[]> {
  const all: Reading[] = []
  for await (const page of backend.scan(scope, options))
    for (const record of page.records) all.push(backend.read(record, Date.now()))
  return all
}
