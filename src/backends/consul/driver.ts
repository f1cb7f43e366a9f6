import type { Capabilities } from '../../model/capabilities.ts'
import type { Driver } from '../contract/backend.ts'
import { CONSUL_RULES } from './rules.ts'
import { getting } from '../contract/sign.ts'
import { completeTarget } from './target.ts'

/** Consul 1.11 and newer, over HTTP. */
export const consul: Driver = {
  name: 'consul',
  schemes: ['consul', 'consuls'],
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
  rules: CONSUL_RULES,

  capabilities: () => CAPABILITIES,

  parse: completeTarget,

  async open(target, options) {
    const { openConsul } = await import('./open.ts')
    return openConsul(target, options)
  },
}

/** The same in every layout: what lies in Consul is its own, and layouts only say what is written into it. */
export const CAPABILITIES: Capabilities = {
  ttl: true,
  renew: true,
  keepAlive: true,
  lease: false,
  watch: true,
  history: false,
  revision: false,
  rawKeys: true,
  guarded: false,
  offline: true,
  restore: false,
  namespaces: true,
  settings: ['checkHttp', 'checkTcp', 'noChecks', 'checkInterval', 'checkTimeout', 'deregisterAfter'],
}
