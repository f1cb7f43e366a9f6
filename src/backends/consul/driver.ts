import { RollcallError } from '../../model/errors.ts'
import { option } from '../../model/wording.ts'
import type { Driver, Environment, Settings, Target, TlsSettings } from '../contract/driver.ts'
import { getting } from '../contract/sign.ts'
import { type TargetTable, parseTarget } from '../contract/target.ts'
import { CAPABILITIES } from './context.ts'

const TARGET: TargetTable = {
  driver: 'consul',
  title: 'Consul',
  schemes: ['consul', 'consuls'],
  port: 8500,
  logins: 'tokens',
  variables: {
    hosts: 'CONSUL_HTTP_ADDR',
    token: 'CONSUL_HTTP_TOKEN',
    tokenFile: 'CONSUL_HTTP_TOKEN_FILE',
    cacert: 'CONSUL_CACERT',
    cert: 'CONSUL_CLIENT_CERT',
    key: 'CONSUL_CLIENT_KEY',
    serverName: 'CONSUL_TLS_SERVER_NAME',
  },
}

/** Consul 1.11 and newer, over HTTP. */
export const consul: Driver = {
  name: 'consul',
  schemes: TARGET.schemes,
  port: 8500,
  environment: [
    { name: 'CONSUL_HTTP_ADDR', meaning: 'the agent that "consul:" alone stands for' },
    { name: 'CONSUL_HTTP_SSL', meaning: 'true: that agent is spoken to over TLS' },
    { name: 'CONSUL_HTTP_SSL_VERIFY', meaning: 'false: its certificate is not checked' },
    { name: 'CONSUL_HTTP_TOKEN', meaning: 'the ACL token', secret: true, login: true },
    { name: 'CONSUL_HTTP_TOKEN_FILE', meaning: 'a file with the ACL token', login: true },
    { name: 'CONSUL_CACERT', meaning: 'a PEM file with the authorities that agents are checked against' },
    { name: 'CONSUL_CLIENT_CERT', meaning: 'a PEM file with the client certificate', login: true },
    { name: 'CONSUL_CLIENT_KEY', meaning: 'a PEM file with its key', login: true },
    { name: 'CONSUL_TLS_SERVER_NAME', meaning: "the name that an agent's certificate must have" },
    { name: 'CONSUL_NAMESPACE', meaning: 'the namespace, in Consul Enterprise' },
    { name: 'CONSUL_PARTITION', meaning: 'the admin partition, in Consul Enterprise' },
  ],
  sign: { title: 'Consul', ask: getting('/v1/status/leader'), shows: /^HTTP\/1\.1 200[^]*\r\n\r\n"[^"]*"\s*$/ },
  parameters: ['layout', 'dc', 'ns', 'partition'],
  layouts: ['kratos', 'kratos-scheme', 'plain'],
  rules: async () => (await import('./rules.ts')).CONSUL_RULES,

  capabilities: () => CAPABILITIES,

  parse(url, settings, environment) {
    if (settings.allNamespaces)
      throw new RollcallError('usage', 'Consul shows one namespace at a time', {
        hint: `name it with ${option('namespace')}`,
      })
    const { secure, host } = url.hosts.length > 0 ? {} : addressIn(environment)
    const scheme = secure ? 'consuls' : url.scheme
    const target = parseTarget(TARGET, { ...url, scheme }, settings, { ...environment, CONSUL_HTTP_ADDR: host })
    const { dc, ns, partition = environment['CONSUL_PARTITION'] } = url.query
    const namespace = settings.namespace ?? ns ?? (environment['CONSUL_NAMESPACE'] || undefined)
    return {
      ...target,
      ...verificationOf(target, settings, environment),
      ...(namespace === undefined ? {} : { namespace }),
      url: partition ? { ...url, query: { ...url.query, partition } } : url,
      display: `${target.display}${dc === undefined ? '' : `?dc=${dc}`}`,
    }
  },

  async open(target, options) {
    const { openConsul } = await import('./backend.ts')
    return openConsul(target, options)
  },

  async *diagnose(target, options) {
    const { diagnose } = await import('./doctor.ts')
    yield* diagnose({ target, ...options })
  },
}

/** What CONSUL_HTTP_ADDR says: an address, and its scheme if it has one; CONSUL_HTTP_SSL says whether it has TLS if not. */
function addressIn(environment: Environment): { readonly secure?: boolean; readonly host?: string } {
  const address = environment['CONSUL_HTTP_ADDR']?.trim() ?? ''
  if (address === '') return {}
  const [, scheme = '', host = ''] = /^(?:([a-z]+):\/\/)?([^/]*)\/*$/i.exec(address) ?? []
  if (!['', 'http', 'https'].includes(scheme.toLowerCase()) || host === '')
    throw new RollcallError('usage', 'CONSUL_HTTP_ADDR is not the address of a host over http or https', {
      hint: 'set it to for example 127.0.0.1:8500 or https://consul.example.org',
    })
  return { host, secure: scheme ? scheme.toLowerCase() === 'https' : isTrue(environment['CONSUL_HTTP_SSL']) }
}

function verificationOf({ secure, tls }: Target, settings: Settings, environment: Environment): { tls?: TlsSettings } {
  const verify = environment['CONSUL_HTTP_SSL_VERIFY']
  if (!secure || !verify || isTrue(verify) || settings.tls?.insecureSkipVerify !== undefined) return {}
  return { tls: { ...tls, insecureSkipVerify: true } }
}

/** Words that Go's strconv.ParseBool takes for true. */
function isTrue(word = ''): boolean {
  return /^(?:1|t|T|TRUE|true|True)$/.test(word)
}
