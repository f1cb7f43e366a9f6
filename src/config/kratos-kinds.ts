import type { KratosAddress, KratosPart } from './kratos-part.ts'
import type { Fields, SecretValues } from './layers.ts'

/** The registry that one kind's part of Kratos' block comes to. */
export interface KratosRegistry {
  readonly registry: string
  readonly fields: Fields
  readonly secrets: SecretValues
}

/** Undefined where the part names no server. */
type Reader = (part: KratosPart) => KratosRegistry | undefined

const PREFIX = ['namespace', 'prefix', 'rootpath', 'root', 'path']
const NAMESPACE = ['namespace', 'namespaceid']
const TIMEOUT = ['timeout', 'dialtimeout', 'requesttimeout']
/** The port at which Polaris' own clients speak gRPC, and the one at which it speaks HTTP, as this tool does. */
const [POLARIS_GRPC, POLARIS_HTTP] = [':8091', ':8090']

/** What `type` may say, and the readers of those that are used without it, in their order: consul, etcd, nacos. */
export const KINDS: ReadonlyMap<string, Reader> = new Map(
  Object.entries({
    consul: (part: KratosPart) => {
      const place = placeOf('consul', part)
      if (!place) return undefined
      const parameters = { dc: part.text(['datacenter', 'dc']), partition: part.text(['partition']) }
      return {
        registry: `${place.url}${query(parameters)}`,
        fields: { namespace: part.text(NAMESPACE), ...place.fields },
        secrets: { token: part.text(['token', 'acltoken']) },
      }
    },
    etcd: (part: KratosPart) => keyValue('etcd', part),
    nacos: (part: KratosPart) => {
      const place = placeOf('nacos', part, ':8848')
      if (!place) return undefined
      const parameters = {
        group: part.text(['group', 'groupname']),
        cluster: part.text(['cluster', 'clustername']),
        kind: part.text(['kind', 'defaultkind']),
      }
      const contextPath = part.text(['contextpath'])?.replace(/^\/?/, '/') ?? place.path
      return {
        registry: `${place.url}${contextPath}${query(parameters)}`,
        fields: { namespace: part.text(NAMESPACE), ...userOf(part), ...place.fields },
        secrets: { password: part.text(['password']) },
      }
    },
    zookeeper: (part: KratosPart) => keyValue('zookeeper', part),
    polaris: (part: KratosPart) => {
      const place = placeOf('polaris', part)
      if (!place) return undefined
      return {
        registry: place.url.replaceAll(POLARIS_GRPC, POLARIS_HTTP),
        fields: { namespace: part.text(['namespace']), ...userOf(part), ...place.fields },
        secrets: { token: part.text(['token']), password: part.text(['password']) },
      }
    },
    kubernetes: (part: KratosPart) => ({
      registry: `k8s://${encodeURIComponent(part.text(['context']) ?? '')}`,
      fields: { namespace: part.text(['namespace']) },
      secrets: {},
    }),
  } satisfies Record<string, Reader>),
)

/** Other words for them. */
export const ALIASES: ReadonlyMap<string, string> = new Map([
  ['etcdv3', 'etcd'],
  ['zk', 'zookeeper'],
  ['k8s', 'kubernetes'],
])

function keyValue(kind: 'etcd' | 'zookeeper', part: KratosPart): KratosRegistry | undefined {
  const place = placeOf(kind, part)
  if (!place) return undefined
  const namespace = part.text(PREFIX)
  return {
    registry: place.url,
    // Programs put a slash behind it in any case; of a prefix that is named, one at its end is dropped.
    fields: { prefix: namespace?.endsWith('/') ? `${namespace}/` : namespace, ...userOf(part), ...place.fields },
    secrets: { password: part.text(['password']) },
  }
}

function userOf(part: KratosPart): Fields {
  return { user: part.text(['username', 'user']) }
}

interface Place {
  readonly url: string
  /** Of the first address: where a Nacos behind a proxy begins. */
  readonly path: string
  readonly fields: Fields
}

/** URL and TLS files are one decision: certificate files beside plain text are left out and reported. */
function placeOf(kind: string, part: KratosPart, usualPort = ''): Place | undefined {
  const addresses = part.addresses()
  if (addresses.length === 0) return undefined
  const tls = tlsOf(kind, part, addresses)
  const hosts = addresses.map(({ host }) => (/:\d+$/.test(host) ? host : `${host}${usualPort}`))
  const path = addresses[0]?.path ?? ''
  const requestTimeout = part.duration(TIMEOUT)
  return { url: `${kind}${tls ? 's' : ''}://${hosts.join(',')}`, path, fields: { requestTimeout, ...tls } }
}

/** Undefined for plain text. The first of these decides: the addresses, `scheme`, a switch, the presence of certificates. */
function tlsOf(kind: string, part: KratosPart, addresses: readonly KratosAddress[]): Fields | undefined {
  const said = new Set(addresses.flatMap(({ secure }) => (secure === undefined ? [] : [secure])))
  if (said.size > 1) throw part.fault(`${kind} has addresses with http and with https`)
  const scheme = part.text(['scheme'])?.toLowerCase()
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw part.fault(`${kind}.scheme is neither http nor https`)
  }
  const [inAddress] = said
  if (inAddress === false || (inAddress === undefined && scheme === 'http')) return undefined
  const on = part.switch(['secure', 'tls', 'ssl', 'usetls', 'enabletls', 'tlsenabled'])
  const below = part.part(['tls', 'ssl', 'tlsconfig'])
  const enabled = below?.switch(['enabled', 'enable'])
  const files = { ...filesOf(part), ...(below ? filesOf(below) : {}) }
  const secure = inAddress ?? (scheme === 'https' || undefined) ?? on ?? enabled ?? Object.values(files).some(Boolean)
  return secure ? files : undefined
}

function filesOf(part: KratosPart): Fields {
  return {
    cacert: part.text(['ca', 'cacert', 'cafile', 'cacertfile', 'trustedcafile', 'capath']),
    cert: part.text(['cert', 'certfile', 'clientcert', 'clientcertfile', 'certpath']),
    key: part.text(['key', 'keyfile', 'clientkey', 'clientkeyfile', 'certkey', 'keypath']),
    insecureSkipTlsVerify: part.switch(['insecureskipverify', 'insecureskiptlsverify', 'skipverify']) || undefined,
    tlsServerName: part.text(['servername', 'tlsservername']),
  }
}

function query(parameters: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  )
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`
}
