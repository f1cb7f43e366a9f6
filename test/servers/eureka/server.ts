import { join } from 'node:path'
import { statusOf } from '../http-status.ts'
import { Authority, type CertificateFiles } from '../certificates.ts'
import { Daemon } from '../daemon.ts'
import { classPathOf } from '../java-programs.ts'
import type { Provisioned } from '../kinds.ts'
import { freePorts } from '../ports.ts'
import { Server } from '../server.ts'

/** A machine with much to do needs more than the usual ten seconds. */
const READY_WITHIN = 600_000
/** Instances in one request of a peer. */
const AT_ONCE = 500

export interface EurekaOptions {
  /** Asks for a login: `writer` with `writer-password`, or `reader` with `reader-password`, who may only read. */
  readonly logins?: boolean
  /** Serves TLS with a certificate of an authority of its own, and wants clients to have one too. */
  readonly tls?: boolean
  /** Answers lists out of a cache that is filled this often, in milliseconds; left out: lists are as new as the registry. */
  readonly cachedFor?: number
  /** Evicts whatever is overdue, looking this often, in milliseconds; left out: self-preservation keeps it. */
  readonly evictsEvery?: number
  /** Serves nothing for so long after its start, in milliseconds. */
  readonly servesAfter?: number
  /** Changes are not told. */
  readonly withoutDelta?: boolean
  /** One of several: its own port, and those of the others. */
  readonly peers?: { readonly port: number; readonly others: readonly number[] }
}

/** What is registered, by Eureka's own names. */
export interface Registered {
  readonly app: string
  readonly instanceId: string
}

export interface EurekaTls extends CertificateFiles {
  readonly authority: Authority
}

/** One Eureka of Spring Cloud. Stopping loses all of its instances, which it keeps in memory. */
export class EurekaServer extends Server {
  readonly port: number
  readonly endpoint: string
  readonly tls: EurekaTls | undefined

  private constructor(port: number, daemon: Daemon, tls: EurekaTls | undefined) {
    super(daemon, READY_WITHIN)
    this.port = port
    this.endpoint = `127.0.0.1:${port}`
    this.tls = tls
  }

  static async start(
    { java = '', eureka = '' }: NonNullable<Provisioned['programs']>,
    options: EurekaOptions = {},
  ): Promise<EurekaServer> {
    const port = options.peers?.port ?? (await freePorts(1))[0] ?? 0
    const tls = options.tls ? await certificates() : undefined
    const program = await programOf(eureka)
    const daemon = await Daemon.create('eureka', (folder) => [
      java,
      `-XX:SharedArchiveFile=${join(eureka, 'archive', 'classes.jsa')}`,
      `-Djava.io.tmpdir=${folder}`,
      ...program,
      ...Object.entries(properties(port, options, tls)).map(([name, value]) => `--${name}=${value}`),
    ])
    const server = new EurekaServer(port, daemon, tls)
    await server.start()
    return server
  }

  /** One call of its API without TLS; the body of the answer. */
  async call(method: string, path: string, body?: object): Promise<string> {
    const headers = { accept: 'application/json', 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const answer = await fetch(`http://${this.endpoint}/eureka${path}`, { method, headers, ...sent })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status} ${text}`)
    return text
  }

  /** Registers many at once, as a peer passes them on. */
  async fill(instances: readonly Registered[]): Promise<void> {
    for (let at = 0; at < instances.length; at += AT_ONCE) {
      const replicationList = instances.slice(at, at + AT_ONCE).map((instanceInfo) => {
        const { app: appName, instanceId: id } = instanceInfo
        return { appName, id, lastDirtyTimestamp: Date.now(), status: 'UP', action: 'Register', instanceInfo }
      })
      await this.call('POST', '/peerreplication/batch/', { replicationList })
    }
  }

  /** Over TLS the port alone tells: the operators' list is the last that it opens. */
  protected async serves(): Promise<boolean> {
    if (this.tls) return this.daemon.log().includes('Started EurekaServer in')
    const status = await statusOf(`http://${this.endpoint}/eureka/apps/delta`)
    return status === 200 || status === 401 || (status === 403 && this.daemon.log().includes('Started EurekaServer in'))
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]()
    await this.tls?.authority.remove()
  }
}

/** What java is to run, of a folder that was built. */
export async function programOf(folder: string): Promise<string[]> {
  const jars = await classPathOf(folder)
  const machine = ['-Xmx384m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...ALONE, '-cp', jars]
  return [...machine, 'servers.EurekaServer', '--server.address=127.0.0.1', '--spring.main.banner-mode=off']
}

const ALONE = ['-Deureka.client.register-with-eureka=false', '-Deureka.client.fetch-registry=false']

function properties(
  port: number,
  { logins, cachedFor, evictsEvery, servesAfter, withoutDelta, peers }: EurekaOptions,
  tls?: EurekaTls,
): Record<string, string> {
  const urls = peers?.others.map((other) => `http://127.0.0.1:${other}/eureka/`)
  return {
    'server.port': String(port),
    // A peer takes a URL with its own host's name for its own.
    'eureka.instance.hostname': peers ? `peer-${port}` : '127.0.0.1',
    'eureka.server.use-read-only-response-cache': String(cachedFor !== undefined),
    // An answer that was being made while something changed would else be given for three minutes.
    'eureka.server.response-cache-auto-expiration-in-seconds': '1',
    ...(cachedFor === undefined ? {} : { 'eureka.server.response-cache-update-interval-ms': String(cachedFor) }),
    'eureka.server.enable-self-preservation': String(evictsEvery === undefined),
    ...(evictsEvery === undefined ? {} : { 'eureka.server.eviction-interval-timer-in-ms': String(evictsEvery) }),
    'eureka.server.wait-time-in-ms-when-sync-empty': String(servesAfter ?? 0),
    ...(servesAfter === undefined ? {} : { 'eureka.instance.registry.default-open-for-traffic-count': '0' }),
    'eureka.server.disable-delta': String(withoutDelta === true),
    ...(urls ? { 'eureka.client.service-url.defaultZone': urls.join(','), ...PEERS } : {}),
    ...(logins ? { logins: 'true' } : {}),
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

/** The other may not be there yet, or no longer. */
const PEERS = {
  'eureka.client.fetch-registry': 'true',
  'eureka.server.number-of-replication-retries': '1',
  'eureka.client.registry-fetch-interval-seconds': '1',
}

async function certificates(): Promise<EurekaTls> {
  const authority = await Authority.create()
  return { authority, ...(await authority.issue('eureka')) }
}
