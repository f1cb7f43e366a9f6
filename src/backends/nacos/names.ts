import { KNOWN_SCHEMES } from '../../model/endpoint.ts'
import { escapeTextKey, unescapeKey } from '../../model/key.ts'

/** A namespace. Calls name it by its id. */
export interface Namespace {
  readonly id: string
  /** What people call it; several may have the same. */
  readonly name: string
}

/** A service as Nacos names it. */
export interface NacosService {
  readonly namespace: string
  readonly group: string
  /** `sre.grpc` for a Kratos service `sre`. */
  readonly name: string
}

/** Where an instance is stored: Nacos holds one at each address. */
export interface NacosAddress extends NacosService {
  readonly cluster: string
  readonly ip: string
  readonly port: number
}

const SEPARATOR = '@@'
const PLAIN_ID = /^[\w.-]*\/[\w.:-]*@@[\w.:-]*\/[\w.-]*\/[\w.:-]*:\d{1,5}$/
const ADDRESS = /^([^/]*)\/(.*?)@@(.*)\/([^/]*)\/([^/]*):(\d{1,5})$/s

/** `GROUP@@name`, as Nacos writes a service together with its group. */
export function groupedName({ group, name }: Pick<NacosService, 'group' | 'name'>): string {
  return `${group}${SEPARATOR}${name}`
}

/** The parts of `GROUP@@name`; a name alone has no group. */
export function splitGroupedName(text: string): { group?: string; name: string } {
  const at = text.indexOf(SEPARATOR)
  return at < 0 ? { name: text } : { group: text.slice(0, at), name: text.slice(at + SEPARATOR.length) }
}

/** Name and scheme of `{name}.{scheme}`, as Kratos names its services; undefined for those of others. */
export function kratosName(name: string): { base: string; scheme: string } | undefined {
  const at = name.lastIndexOf('.')
  const scheme = name.slice(at + 1)
  return at >= 0 && KNOWN_SCHEMES.has(scheme) ? { base: name.slice(0, at), scheme } : undefined
}

/** `public/DEFAULT_GROUP@@sre.grpc/DEFAULT/10.0.0.1:9000`, escaped for printing. */
export function recordId(address: NacosAddress): string {
  const { namespace, cluster, ip, port } = address
  return escapeTextKey(`${namespace}/${groupedName(address)}/${cluster}/${ip}:${port}`)
}

/** An id of which `addressOf` makes the very address that it was made of: no part of that holds what stands between the parts. */
export function isPlainId(id: string): boolean {
  return PLAIN_ID.test(id)
}

/** The address that a record's id names; undefined for any other text. */
export function addressOf(id: string): NacosAddress | undefined {
  const text = Buffer.from(unescapeKey(id)).toString('utf8')
  const [, namespace = '', group = '', name = '', cluster = '', ip = '', port] = ADDRESS.exec(text) ?? []
  return port === undefined ? undefined : { namespace, group, name, cluster, ip, port: Number(port) }
}
