import type { Environment } from '../backends/backend.ts'
import { driverFor } from '../backends/index.ts'
import { RollcallError } from '../model/errors.ts'
import { type Tree, isTree, readKratosFiles } from './kratos-files.ts'
import type { Fields, SecretValues } from './layers.ts'
import { expand } from './placeholders.ts'

/** The registry of a Kratos program, as its own configuration names it. */
export interface KratosRegistry {
  readonly registry: string
  readonly fields: Fields
  readonly secrets: SecretValues
}

/**
 * Reads the `registry:` block of a Kratos configuration file or folder: consul, etcd or nacos, the first that names a server.
 * Where Kratos would run without a registry, this is an error.
 *
 * @throws RollcallError `config` for a block that is missing or wrong, `unsupported` for a kind that is not there yet.
 */
export async function readKratosConfig(path: string, env: Environment): Promise<KratosRegistry> {
  const tree = await readKratosFiles(path)
  const block = tree['registry']
  if (!isTree(block)) throw fault(path, 'has no registry: block')
  const read = (kind: string) => {
    const part = expand(block[kind], tree, env)
    return isTree(part) ? part : {}
  }
  const found = consulOf(path, read('consul')) ?? etcdOf(path, read('etcd')) ?? nacosOf(path, read('nacos'))
  if (!found) throw fault(path, 'names no server in its registry: block')
  return found
}

function consulOf(path: string, part: Tree): KratosRegistry | undefined {
  const address = textIn(path, part, 'consul.address')
  if (!address) return undefined
  const scheme = textIn(path, part, 'consul.scheme')?.toLowerCase() || 'http'
  if (scheme !== 'http' && scheme !== 'https') throw fault(path, 'consul.scheme is neither http nor https')
  const [host, secure] = bare(address, scheme === 'https')
  return { registry: urlOf('consul', secure, [host]), fields: {}, secrets: {} }
}

function etcdOf(path: string, part: Tree): KratosRegistry | undefined {
  const endpoints = listIn(path, part, 'etcd.endpoints').map((endpoint) => bare(endpoint, false))
  if (endpoints.length === 0) return undefined
  const secure = endpoints.some(([, tls]) => tls)
  if (secure && !endpoints.every(([, tls]) => tls)) throw fault(path, 'etcd.endpoints mixes http and https')
  const requestTimeout = secondsIn(path, part['timeout'])
  return {
    registry: urlOf(
      'etcd',
      secure,
      endpoints.map(([host]) => host),
    ),
    fields: requestTimeout === undefined ? {} : { requestTimeout },
    secrets: {},
  }
}

function nacosOf(path: string, part: Tree): KratosRegistry | undefined {
  const endpoints = listIn(path, part, 'nacos.endpoints').map((endpoint) => bare(endpoint, false))
  if (endpoints.length === 0) return undefined
  const namespace = textIn(path, part, 'nacos.namespace')
  const user = textIn(path, part, 'nacos.username')
  const password = textIn(path, part, 'nacos.password')
  const hosts = endpoints.map(([host]) => (/:\d+$/.test(host) ? host : `${host}:8848`))
  return {
    registry: urlOf(
      'nacos',
      endpoints.some(([, tls]) => tls),
      hosts,
    ),
    fields: { ...(namespace ? { namespace } : {}), ...(user ? { user } : {}) },
    secrets: password ? { password } : {},
  }
}

/** Host and port of an address that may carry the scheme of the web, and whether it says https. */
function bare(address: string, secure: boolean): [host: string, secure: boolean] {
  const [, scheme = '', host = ''] = /^(?:(https?):\/\/)?(.*?)\/*$/i.exec(address) ?? []
  return [host, secure || scheme.toLowerCase() === 'https']
}

function urlOf(kind: string, secure: boolean, hosts: readonly string[]): string {
  if (driverFor(kind)) return `${kind}${secure ? 's' : ''}://${hosts.join(',')}`
  throw new RollcallError(
    'unsupported',
    `the Kratos configuration names a registry of kind ${kind}, which this rollcall cannot read`,
  )
}

function textIn(path: string, part: Tree, name: string): string | undefined {
  const value = part[name.slice(name.indexOf('.') + 1)]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw fault(path, `${name} is no text`)
}

function listIn(path: string, part: Tree, name: string): string[] {
  const value = part[name.slice(name.indexOf('.') + 1)] ?? []
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw fault(path, `${name} is no list of addresses`)
  return value.filter((item) => item !== '')
}

function secondsIn(path: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text === 'string' && /^\d+$/.test(text)) return text === '0' ? undefined : `${text}s`
  throw fault(path, 'etcd.timeout is no number of seconds', 'write for example timeout: 5')
}

function fault(path: string, message: string, hint?: string): RollcallError {
  return new RollcallError('config', `the Kratos configuration ${path} ${message}`, { hint })
}
