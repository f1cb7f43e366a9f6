import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Settings } from '../../src/backends/contract/driver.ts'
import { Client } from '../../src/client/client.ts'
import type { Tokens, Identity } from '../../src/server/authenticate.ts'
import { type RunningServer, type ServeOptions, serve } from '../../src/server/server.ts'
import { anyEtcd } from '../servers/etcd/start.ts'
import { describeAt } from '../servers/with-server.ts'
import { patientTarget } from '../patience.ts'

/** Whatever the API answers. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly code: number
  readonly msg: string
  // eslint-disable-next-line typescript/no-explicit-any -- a test asks it for what it expects
  readonly data: any
}

/** A registry of a test's own and a server over it. */
export class Ground implements AsyncDisposable {
  readonly client: Client
  readonly server: RunningServer
  readonly url: string
  readonly audit: string[]
  /** The environment of the server: backups are kept in a folder of the test's own. */
  readonly env: { readonly XDG_STATE_HOME: string }

  private constructor(client: Client, server: RunningServer, audit: string[], env: Ground['env']) {
    this.env = env
    this.client = client
    this.server = server
    this.url = `http://127.0.0.1:${server.port}`
    this.audit = audit
  }

  static async open(
    url = 'memory:',
    options: Partial<ServeOptions> = {},
    settings: Partial<Settings> = {},
  ): Promise<Ground> {
    const client = await Client.open(patientTarget(url, settings))
    const audit: string[] = []
    const env = { XDG_STATE_HOME: await mkdtemp(join(tmpdir(), 'rollcall-ground-')) }
    const listen = { host: '127.0.0.1', port: 0, audit: (line: string) => void audit.push(line) }
    return new Ground(client, await serve(client, { env, ...listen, ...options }), audit, env)
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const json: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...json, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, ...JSON.parse(text || '{}') }
  }

  get(path: string): Promise<Answer> {
    return this.ask('GET', `/registry${path}`)
  }

  /** Registers at that port of this machine; answers the id. */
  async register(name: string, port = 8080, more: object = {}): Promise<string> {
    const { data } = await this.ask('POST', '/registry/services', { name, address: `127.0.0.1:${port}`, ...more })
    return data.id
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
    await this.client[Symbol.asyncDispose]()
    await rm(this.env.XDG_STATE_HOME, { recursive: true })
  }
}

/** Tokens that are never withdrawn. */
export function tokensOf(known: Readonly<Record<string, Identity>>): Tokens {
  return { identify: async (token) => known[token], onWithdrawn: () => () => {} }
}

/** The same tests on the embedded registry and on a real etcd. */
export async function onEmbeddedAndEtcd(
  title: string,
  tests: (open: () => Promise<Ground>) => void,
  options: Partial<ServeOptions> | (() => Promise<Partial<ServeOptions>>) = {},
  settings: Partial<Settings> = {},
): Promise<void> {
  let runs = 0
  const open = async (url: string) =>
    Ground.open(url, typeof options === 'function' ? await options() : options, settings)
  await describeAt('etcd', `${title}, on etcd`, () => {
    let etcd: Awaited<ReturnType<typeof anyEtcd>>
    beforeAll(async () => {
      etcd = await anyEtcd()
    })
    afterAll(() => etcd[Symbol.asyncDispose]())
    const own = () => `etcd://${etcd.endpoint}?prefix=/test-${process.pid}-${++runs}`
    tests(() => open(own()))
  })
  describe(`${title}, on the embedded registry`, () => tests(() => open('memory:')))
}
