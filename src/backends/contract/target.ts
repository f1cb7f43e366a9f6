import { RollcallError } from '../../model/errors.ts'
import type { RegistryUrl } from '../../model/registry-url.ts'
import { secretPlace } from '../../model/wording.ts'
import type { Environment, Settings, Target, TlsSettings } from './driver.ts'
import { hostPort } from './host-port.ts'

/** What a kind of registry has of all that a URL, the settings and the environment can say. */
export interface TargetTable {
  readonly driver: string
  /** As people call it: `Polaris`. */
  readonly title: string
  /** URL schemes: without TLS, and with it. */
  readonly schemes: readonly [plain: string, secure: string]
  /** The usual port; of either scheme where they differ. */
  readonly port: number | readonly [plain: number, secure: number]
  /** Tokens are all that it knows, or users with passwords as well. */
  readonly logins: 'tokens' | 'users'
  /** Its URLs have a path. */
  readonly path?: boolean
  /** What it has instead of a key prefix, for the error about a prefix. Left out: it has prefixes. */
  readonly insteadOfPrefix?: () => string
  /** The environment variables that complete a target. */
  readonly variables?: Readonly<Partial<Record<VariableOf, string>>>
}

/** `hosts`: separated by commas, each with its port or with that of `port`. */
type VariableOf = 'hosts' | 'port' | 'user' | 'password' | 'token' | 'tokenFile' | keyof Certificates

type Certificates = Pick<TlsSettings, 'cacert' | 'cert' | 'key' | 'serverName'>

type Login = Pick<Target, 'user' | 'password' | 'token' | 'tokenFile'>

/**
 * The servers that a URL names and how they are spoken to: what the settings say wins over the URL, and both over the
 * environment. A driver adds what it alone has, such as namespaces. Pure. @throws RollcallError `usage`
 */
export function parseTarget(
  table: TargetTable,
  url: RegistryUrl,
  settings: Settings,
  environment: Environment,
): Target {
  const say = (name: VariableOf): string | undefined => environment[table.variables?.[name] ?? '']?.trim() || undefined
  refuseWhatItHasNot(table, url, settings)
  const secure = url.scheme === table.schemes[1]
  const endpoints = endpointsOf(table, url, say)
  const tls = tlsOf(table, settings, secure, say)
  return {
    ...settings,
    ...loginOf(table, url, settings, say),
    ...(tls ? { tls } : {}),
    driver: table.driver,
    display: `${url.scheme}://${endpoints.join(',')}`,
    url,
    endpoints,
    secure,
    layout: settings.layout ?? 'auto',
  }
}

type Say = (name: VariableOf) => string | undefined

function refuseWhatItHasNot(
  { driver, title, logins, path: hasPath, insteadOfPrefix, variables, ...table }: TargetTable,
  { scheme, path, user }: RegistryUrl,
  settings: Settings,
): void {
  if (!hasPath && path.replace(/^\/$/, '') !== '')
    throw new RollcallError('usage', `${scheme}: URLs have no path, and "${path}" was given`, {
      hint: `write for example ${exampleOf(table, scheme)}`,
    })
  if (settings.prefix !== undefined && insteadOfPrefix !== undefined)
    throw new RollcallError('usage', `a registry of kind ${driver} has no key prefix`, { hint: insteadOfPrefix() })
  if (logins === 'tokens' && (user ?? settings.user ?? settings.password) !== undefined)
    throw new RollcallError('usage', `${title} has no users and passwords, only tokens`, {
      hint: `put the token in ${secretPlace('token', variables?.token)}`,
    })
}

function exampleOf(table: Pick<TargetTable, 'schemes' | 'port'>, scheme: string): string {
  return `${scheme}://127.0.0.1:${portOf(table, scheme)}`
}

function portOf({ schemes, port }: Pick<TargetTable, 'schemes' | 'port'>, scheme: string): number {
  if (typeof port === 'number') return port
  return scheme === schemes[1] ? port[1] : port[0]
}

function endpointsOf(table: TargetTable, { scheme, hosts, path }: RegistryUrl, say: Say): string[] {
  const port = portOf(table, scheme)
  if (hosts.length > 0) return hosts.map((host) => hostPort(host, port, scheme))
  if (path !== '' && !path.startsWith('/'))
    throw new RollcallError('usage', `${scheme}:${path} names no server`, { hint: `write ${scheme}://${path}` })
  const named = (say('hosts') ?? '').split(',').flatMap((word) => word.trim() || [])
  if (named.length > 0) return named.map((host) => hostPort(host, say('port') ?? port, scheme))
  const variable = table.variables?.hosts
  const unset = variable === undefined ? '' : `, and ${variable} is not set`
  throw new RollcallError('usage', `${scheme}: names no server${unset}`, {
    hint: `write for example ${exampleOf(table, scheme)}`,
  })
}

/** A token needs no login. A user without a password is refused, a password without a user passed over. */
function loginOf({ title, logins, variables }: TargetTable, url: RegistryUrl, settings: Settings, say: Say): Login {
  if (settings.token !== undefined) return {}
  const user = logins === 'users' ? (settings.user ?? url.user ?? say('user')) : undefined
  if (user !== undefined) {
    const password = settings.password ?? say('password')
    if (password !== undefined) return { user, password }
    const token = variables?.token ? `, or a token in ${variables.token}` : ''
    throw new RollcallError('usage', `the user "${user}" of ${title} needs a password`, {
      hint: `put it in ${secretPlace('password', variables?.password)}${token}`,
    })
  }
  const token = say('token')
  if (token !== undefined) return { token }
  const tokenFile = say('tokenFile')
  return tokenFile === undefined ? {} : { tokenFile }
}

function tlsOf({ schemes }: TargetTable, { tls }: Settings, secure: boolean, say: Say): TlsSettings | undefined {
  if (secure) {
    const names = ['cacert', 'cert', 'key', 'serverName'] as const
    return { ...Object.fromEntries(names.flatMap((name) => (say(name) ? [[name, say(name)]] : []))), ...tls }
  }
  const { cacert, cert, key } = tls ?? {}
  if (cacert === undefined && cert === undefined && key === undefined) return undefined
  const [plain, overTls] = schemes
  throw new RollcallError('usage', `certificates are given, but ${plain}:// is spoken to without TLS`, {
    hint: `write ${overTls}:// instead of ${plain}://`,
  })
}
